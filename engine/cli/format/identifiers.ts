/** The first twelve digits of an id, without `sha256:`. */
export function shortId(id: string): string {
  return id.replace(/^[a-z0-9]+:/, '').slice(0, 12)
}

/** Cuts a text to so many places, the last of them `…`. */
export function ellipsis(text: string, places: number): string {
  const characters = [...text]
  return characters.length <= places ? text : `${characters.slice(0, places - 1).join('')}…`
}

/** `a=b,c=d`, sorted. */
export function labelsText(labels: Readonly<Record<string, string>> | null): string {
  return Object.entries(labels ?? {})
    .map((pair) => pair.join('='))
    .sort()
    .join(',')
}

/** `{{.Label "x"}}` of a list. */
export function labelMethod<T>(labelsOf: (item: T) => Readonly<Record<string, string>> | null) {
  return { title: labelTitle, text: (item: T, name: string) => labelsOf(item)?.[name] ?? '' }
}

/** `com.example.my-label` → `my label` */
function labelTitle(name: string): string {
  return (name.split('.').at(-1) ?? '').replace(/[-_]/g, ' ')
}

/** Nanoseconds since 1970 as RFC 3339 writes them, all nine digits of a second, in the zone of this machine. */
export function localTimeText(nanos: bigint): string {
  const [date = '', clock = '', offset = ''] = goTimeText(Number(nanos / 1_000_000_000n)).split(' ')
  const zone = offset === '+0000' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3)}`
  return `${date}T${clock}.${String(nanos % 1_000_000_000n).padStart(9, '0')}${zone}`
}

/** A time of the API as Go prints it, with as many digits of a second as it has: `2026-11-24 13:59:43.5 +0000 UTC`. */
export function zonedTimeText(iso: string): string {
  const [, date, clock, fraction = ''] = /^(.*)T([\d:]+)(\.\d*[1-9])?/.exec(iso) ?? []
  return `${date} ${clock}${fraction} +0000 UTC`
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
