export interface ColumnOptions {
  readonly minimumWidth: number
  readonly padding: number
}

/**
 * Lines up text whose cells end in tabs, the way Go's text/tabwriter does: a column is a run of neighbouring lines that
 * have a cell there, as wide as its widest one; what follows the last tab of a line is no column.
 */
export function tabColumns(text: string, options: ColumnOptions): string {
  const lines = text.split('\n').map((line) => line.split('\t'))
  const out = lines.map(() => '')
  layOut(lines, out, 0, 0, lines.length, options)
  return lines.map((cells, at) => `${out[at]}${cells.at(-1)}`).join('\n')
}

/** Lays out column `depth` of the lines from `start` to `end`, then, run by run, the columns to the right of it. */
function layOut(lines: readonly string[][], out: string[], depth: number, start: number, end: number, options: ColumnOptions): void {
  for (let from = start; from < end; from++) {
    if (!hasColumn(lines[from], depth)) continue
    let to = from
    while (to < end && hasColumn(lines[to], depth)) to += 1
    const run = lines.slice(from, to)
    const width = Math.max(options.minimumWidth, ...run.map((cells) => displayWidth(cells[depth] ?? '') + options.padding))
    for (const [offset, cells] of run.entries()) {
      const cell = cells[depth] ?? ''
      out[from + offset] += cell + ' '.repeat(width - displayWidth(cell))
    }
    layOut(lines, out, depth + 1, from, to, options)
    from = to - 1
  }
}

function hasColumn(cells: readonly string[] | undefined, depth: number): boolean {
  return cells !== undefined && depth < cells.length - 1
}

const WIDE = /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

/** How many places a text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += WIDE.test(character) ? 2 : 1
  return width
}
