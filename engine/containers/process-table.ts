import { EngineError } from '../errors.ts'

/** The processes of a container as ps(1) prints them. @see Engine API 1.51 ContainerTop */
export interface ProcessTable {
  readonly titles: readonly string[]
  /** One row per process (or thread), with as many fields as there are titles. */
  readonly rows: readonly (readonly string[])[]
}

/**
 * The rows of ps's output that belong to `pids`. A row without a pid (`-`, a thread) belongs to the one before it. The
 * last column takes the rest of its line.
 * @throws EngineError `system` with docker's words when there is no PID column, or something else in it
 */
export function parseProcessTable(output: string, pids: ReadonlySet<number>): ProcessTable {
  const [head = '', ...lines] = output.split('\n')
  const titles = fields(head)
  const pidColumn = titles.indexOf('PID')
  if (pidColumn < 0) throw new EngineError('system', "Couldn't find PID field in ps output")
  const rows: string[][] = []
  let isOurs = false
  for (const line of lines) {
    if (line === '') continue
    const row = fields(line)
    const pid = row[pidColumn] ?? ''
    if (pid !== '-') {
      if (!/^\d+$/.test(pid)) throw new EngineError('system', `Unexpected pid '${pid}': strconv.Atoi: parsing ${JSON.stringify(pid)}: invalid syntax`)
      isOurs = pids.has(Number(pid))
    }
    if (isOurs) rows.push([...row.slice(0, titles.length - 1), row.slice(titles.length - 1).join(' ')])
  }
  return { titles, rows }
}

/** Only ASCII white space separates: a command line may contain any other. */
function fields(line: string): string[] {
  return line.split(/[\t\n\f\r ]+/).filter((field) => field !== '')
}
