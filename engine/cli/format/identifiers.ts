/** The first twelve digits of an id, without `sha256:`. */
export function shortId(id: string): string {
  return id.replace(/^[a-z0-9]+:/, '').slice(0, 12)
}

/** Cuts a text to so many places, the last of them `…`. */
export function ellipsis(text: string, places: number): string {
  const characters = [...text]
  return characters.length <= places ? text : `${characters.slice(0, places - 1).join('')}…`
}

/** A Unix time as Go prints it: `2026-11-24 13:59:43 +0000 UTC`, in the zone of this machine. */
export function goTimeText(unixSeconds: number): string {
  const time = new Date(unixSeconds * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = -time.getTimezoneOffset()
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`
  const zone = minutes === 0 ? 'UTC' : zoneOf(time)
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())} ${offset} ${zone}`
}

/** `CET`; slow, because Node reads the names of all zones for it. */
function zoneOf(time: Date): string {
  return new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
