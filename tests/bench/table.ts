import { type Case, median } from './case.ts'

/** What was measured of one case; a skipped one says why. */
export interface Result {
  readonly name: string
  readonly what: string
  readonly unit: Case['unit']
  readonly target: number
  readonly isAbsolute: boolean
  readonly ours: readonly number[]
  readonly dockerd: readonly number[]
  readonly skipped?: string
}

export function ratioOf({ ours, dockerd }: Result): number {
  return median(ours) / median(dockerd)
}

export function meetsTarget(result: Result): boolean {
  return (result.isAbsolute ? median(result.ours) : ratioOf(result)) <= result.target
}

/** A table that reads the same on a terminal and in Markdown: medians, with the least and the most in parentheses. */
export function tableOf(results: readonly Result[]): string {
  const rows = [['case', 'ours', 'dockerd', 'ours ÷ dockerd', 'target', ''], ...results.map(rowOf)]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

function rowOf(result: Result): string[] {
  if (result.skipped !== undefined) return [result.what, '', '', '', '', result.skipped]
  const digits = result.unit === 'ms' ? 0 : 1
  const show = (values: readonly number[]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
    return `${median(values).toFixed(digits)} (${least}–${most}) ${result.unit}`
  }
  const target = result.isAbsolute ? `${result.target} ${result.unit}` : result.target.toFixed(2)
  return [result.what, show(result.ours), show(result.dockerd), ratioOf(result).toFixed(2), `≤ ${target}`, meetsTarget(result) ? 'met' : 'MISSED']
}
