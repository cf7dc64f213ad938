import Docker from 'dockerode'
import { childrenOf, FILES_OF_SHELL } from '../../harness/children.ts'
import type { TestDaemon } from '../../harness/daemon.ts'
import { openFiles } from '../../harness/open-files.ts'
import { until } from '../../harness/until.ts'

interface Kind {
  readonly config: Docker.ExecCreateOptions
  /** Undefined for one that is never started. */
  readonly start: Docker.ExecStartOptions | undefined
  readonly exitCode: number | null
  /** Its client goes away as soon as it has read this. */
  readonly leavesAt?: string
}

const LIVE: Docker.ExecStartOptions = { hijack: true, stdin: true }
const TERMINAL = { AttachStdin: true, Tty: true }
const SPEAKING = ['sh', '-c', 'echo ready; sleep 0.3; exit 5']

/** One that ends well or badly, that cannot be run, with a terminal, in the background, never started, and whose client goes away. */
const KINDS: readonly Kind[] = [
  { config: { Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 3'] }, start: {}, exitCode: 3 },
  { config: { Cmd: ['tty'], ...TERMINAL }, start: { ...LIVE, Tty: true }, exitCode: 0 },
  { config: { Cmd: ['nosuch'] }, start: {}, exitCode: 127 },
  { config: { Cmd: ['nosuch'], ...TERMINAL }, start: { ...LIVE, Tty: true }, exitCode: 127 },
  { config: { Cmd: SPEAKING, AttachStdin: true }, start: LIVE, exitCode: 5, leavesAt: 'ready' },
  { config: { Cmd: SPEAKING, ...TERMINAL }, start: { ...LIVE, Tty: true }, exitCode: 5, leavesAt: 'ready' },
  { config: { Cmd: ['/etc'] }, start: {}, exitCode: 126 },
  { config: { Cmd: ['true'], ...TERMINAL }, start: { Detach: true, Tty: true }, exitCode: 0 },
  { config: { Cmd: ['true'] }, start: { Detach: true }, exitCode: 0 },
  { config: { Cmd: ['true'], ...TERMINAL }, start: undefined, exitCode: null },
]

/** Runs execs of every kind in turn in a container, eight at a time. @throws Error of one that ended otherwise than it should */
export async function execOfEveryKind(daemon: TestDaemon, container: string, rounds: number): Promise<void> {
  const box = new Docker({ socketPath: daemon.socketPath }).getContainer(container)
  const queue = Array.from({ length: rounds }, () => KINDS).flat()
  const worker = async () => {
    for (let kind = queue.pop(); kind; kind = queue.pop()) await once(box, kind)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

async function once(container: Docker.Container, { config, start, exitCode, leavesAt }: Kind): Promise<void> {
  const exec = await container.exec({ AttachStdout: true, AttachStderr: true, ...config })
  if (start) {
    await readUntil(await exec.start(start), leavesAt)
  }
  const ended = await until('an exec to end', async () => ((one) => !one.Running && (!start || one.ExitCode !== null) && one)(await exec.inspect()))
  if (ended.ExitCode !== exitCode) throw new Error(`${JSON.stringify(config)} ended with ${ended.ExitCode}`)
}

/** Reads to the end, or until something has come; then hangs up. */
async function readUntil(stream: NodeJS.ReadableStream & { destroy(): void }, text: string | undefined): Promise<void> {
  let seen = ''
  for await (const chunk of stream) if (text !== undefined && (seen += chunk).includes(text)) break
  stream.destroy()
}

/**
 * Does something twice, a little and then much, and waits for all that it needed to be gone: descriptors and processes of the daemon,
 * monitors, folders, cgroups, mounts. What the daemon makes once and keeps is made by the first.
 * @throws Error that names what is left
 */
export async function leavesNothing(daemon: TestDaemon, little: () => Promise<void>, much: () => Promise<void>): Promise<void> {
  const before = await daemon.traces()
  await little()
  await until('what a little needed to be gone', async () => (await daemon.traces()).length === before.length)
  const [files, children] = [await openFiles(daemon.pid), await childrenOf(daemon.pid)]
  await much()
  const left = async () => {
    const [traces, filesNow, childrenNow] = [await daemon.traces(), await openFiles(daemon.pid), await childrenOf(daemon.pid)]
    return [
      ...beyond(before, traces),
      ...beyond(children.others, childrenNow.others),
      ...beyond(files, filesNow, FILES_OF_SHELL * (childrenNow.shells - children.shells)),
    ]
  }
  await until('what much needed to be gone', async () => (await left()).length === 0).catch(async (error: unknown) => {
    throw new Error(`left behind: ${(await left()).join(', ')}`, { cause: error })
  })
}

/** What is new, if there is more than before, and more than may be. */
function beyond(before: readonly string[], now: readonly string[], allowed = 0): string[] {
  return now.length > before.length + Math.max(allowed, 0) ? now.filter((one) => !before.includes(one)) : []
}
