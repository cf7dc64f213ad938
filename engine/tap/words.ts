/** What a line is not longer than. */
const LINE_LENGTH = 1000

/** `14:03:07.120`, by the clock of this place. */
export function clock(timeMs: number): string {
  const time = new Date(timeMs)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`
}

/** `3.2 ms`, `1.20 s` */
export function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** `17 B`, `1.2 kB`, `3.4 MB` */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** A long line's beginning, and how much was left out. */
export function cut(line: string): string {
  return line.length <= LINE_LENGTH ? line : `${line.slice(0, LINE_LENGTH)} … ${line.length - LINE_LENGTH} more`
}

/**
 * Text as a terminal may show it: what would move its cursor or change its colours is written out. A piece may begin or end
 * in the middle of a character.
 * @returns undefined for what is no text
 */
export function printable(data: Buffer): string | undefined {
  const text = data.toString('utf8').replace(/^\uFFFD{1,3}|\uFFFD{1,3}$/g, '')
  if (/[\0\uFFFD]/.test(text)) return undefined
  const lines = text.replace(/\r?\n$/, '').replaceAll('\r\n', '\n')
  return lines.replace(/[^\P{Cc}\n\t]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
