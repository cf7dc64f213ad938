/** A run of text in one style; `style` is a list of CSS classes, empty for none. */
export interface Segment {
  readonly text: string
  readonly style: string
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

/** CSI sequences, OSC sequences (ended by BEL or ST), other two-byte escapes. */
const ESCAPE = /\x1b(?:\[([0-9;:?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g

/** What a terminal would not print. Tabs stay. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g

/**
 * The text of a log line with its colours, and without anything that would move a cursor, set a title, or beep.
 * A carriage return rewrites the line, as progress bars do: only what was written last is seen.
 */
export function parseAnsi(line: string): Segment[] {
  const segments: Segment[] = []
  let style = new Set<string>()
  let last = 0
  const push = (text: string) => {
    const shown = text.replace(CONTROL, '')
    if (shown !== '') segments.push({ text: shown, style: [...style].join(' ') })
  }
  const text = afterLastReturn(line)
  for (const found of text.matchAll(ESCAPE)) {
    push(text.slice(last, found.index))
    last = found.index + found[0].length
    if (found[2] === 'm') style = restyled(style, found[1] ?? '')
  }
  push(text.slice(last))
  return segments
}

function afterLastReturn(line: string): string {
  const trimmed = line.replace(/\r+$/, '')
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1)
}

/** @see console_codes(4), "ECMA-48 Set Graphics Rendition" */
function restyled(before: ReadonlySet<string>, parameters: string): Set<string> {
  const style = new Set(before)
  const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map(Number)
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    if (code === 0) style.clear()
    else if (code === 1) style.add('bold')
    else if (code === 2) style.add('faint')
    else if (code === 3) style.add('italic')
    else if (code === 4) style.add('underlined')
    else if (code === 22) deleteAll(style, (one) => one === 'bold' || one === 'faint')
    else if (code === 23) style.delete('italic')
    else if (code === 24) style.delete('underlined')
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) recolour(style, COLOURS[code % 10])
    else if (code === 39) recolour(style, undefined)
    // 256 colours and true colour: their numbers are skipped, the text keeps the window's own colours.
    else if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4
  }
  return style
}

function recolour(style: Set<string>, colour: string | undefined): void {
  deleteAll(style, (one) => one.startsWith('ansi-'))
  if (colour !== undefined) style.add(`ansi-${colour}`)
}

function deleteAll(style: Set<string>, matches: (one: string) => boolean): void {
  for (const one of style) if (matches(one)) style.delete(one)
}
