import { get, type IncomingMessage } from 'node:http'
import type { TestDaemon } from '../../harness/daemon.ts'
import { forgetPeak, peakBytes, residentBytes } from '../../harness/open-files.ts'

/** Of a line with its newline. */
export const LINE_BYTES = 1024
/** Each line comes in a frame of its own. */
const FRAMED_BYTES = 8 + LINE_BYTES

export interface FollowedLog {
  /** The most memory that the daemon had in RAM, beyond what it had before; in bytes. */
  readonly growth: number
  /** What each reader got, counted in lines of 1 KB. */
  readonly prompt: number
  readonly late: number
}

/**
 * A container writes so many lines of 1 KB; one client follows its log as it grows, another asks for it and reads nothing before the
 * container has ended.
 * @param options of `docker create`, e.g. `--log-opt max-size=10m`: then pieces may be gone before they are read
 */
export async function followMuch(daemon: TestDaemon, lines: number, options: readonly string[] = []): Promise<FollowedLog> {
  const id = await daemon.ok('create', ...options, 'busybox', 'sh', '-c', `yes ${'x'.repeat(LINE_BYTES - 1)} | head -n ${lines}`)
  await daemon.ok('start', id)
  await forgetPeak(daemon.pid)
  const before = await residentBytes(daemon.pid)
  const [prompt, late] = await Promise.all([follow(daemon, id), follow(daemon, id)])
  const reading = bytesOf(prompt)
  const ended = await daemon.docker(['wait', id], { timeoutMs: 600_000 })
  if (ended.stdout !== '0\n') throw new Error(`the container ended with ${ended.stdout}${ended.stderr}`)
  const received = [await reading, await bytesOf(late)]
  const growth = (await peakBytes(daemon.pid)) - before
  await daemon.ok('rm', id)
  const [promptLines = 0, lateLines = 0] = received.map((bytes) => bytes / FRAMED_BYTES)
  return { growth, prompt: promptLines, late: lateLines }
}

/** An answer of which nothing is read yet. */
function follow({ socketPath }: TestDaemon, id: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  get({ socketPath, path: `/containers/${id}/logs?stdout=1&follow=1` }, resolve).on('error', reject)
  return promise
}

async function bytesOf(answer: IncomingMessage): Promise<number> {
  let bytes = 0
  for await (const chunk of answer) bytes += (chunk as Buffer).length
  return bytes
}
