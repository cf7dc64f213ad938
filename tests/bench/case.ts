import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import type { Peer } from './peer.ts'

/** One row of the table: something that both daemons do. */
export interface Case {
  readonly name: string
  readonly what: string
  /** At most this much of dockerd's, or of the unit for cases with an absolute target. @see DESIGN §5 */
  readonly target: number
  readonly isAbsolute?: boolean
  readonly unit: 'ms' | 'MB' | '% of a core'
  /** How often at most, whatever `--rounds` says: some take long. */
  readonly mostRounds?: number
  /** @returns what of the machine it needs, and lacks */
  missing?(): string | undefined
  /** Before the first round, for each peer. */
  prepare?(peer: Peer): Promise<void>
  /** One measurement, in `unit`. */
  measure(peer: Peer): Promise<number>
  /** After the last round, for each peer. */
  cleanUp?(peer: Peer): Promise<void>
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Whom the docker CLI talks to, by its environment. */
export interface Client {
  readonly name: string
  readonly env: NodeJS.ProcessEnv
}

/** Runs the docker CLI without looking at its output, so that we are not what is measured. @param inputFile read as its standard input */
export async function quietly(peer: Client, args: readonly string[], inputFile?: string): Promise<void> {
  const child = spawn('docker', args, { env: peer.env, stdio: [inputFile === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe'] })
  const errors: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  if (inputFile !== undefined && child.stdin) createReadStream(inputFile).pipe(child.stdin)
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`${peer.name}: docker ${args.join(' ')}: exit ${code}\n${Buffer.concat(errors)}`)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
