import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiAnswer } from '../../harness/api-request.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

interface Inspected {
  readonly Id: string
  readonly RestartCount: number
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly Restarting: boolean
    readonly Paused: boolean
    readonly Pid: number
    readonly FinishedAt: string
  }
}

async function inspect(id: string): Promise<Inspected> {
  return (await daemon.api('GET', `/containers/${id}/json`)).json<Inspected>()
}

async function create(body: object = {}): Promise<string> {
  const answer = await daemon.api('POST', '/containers/create', { Image: 'busybox', Cmd: ['sleep', '1000'], StopSignal: 'SIGKILL', Tty: true, ...body })
  expect(answer.status).toBe(201)
  return answer.json<{ Id: string }>().Id
}

const post = (id: string, verb: string, body?: unknown) => daemon.api('POST', `/containers/${id}/${verb}`, body)

async function created(): Promise<string> {
  return create()
}

async function running(): Promise<string> {
  const id = await create()
  expect((await post(id, 'start')).status).toBe(204)
  return id
}

async function paused(): Promise<string> {
  const id = await running()
  expect((await post(id, 'pause')).status).toBe(204)
  return id
}

async function exited(): Promise<string> {
  const id = await create({ Cmd: ['true'] })
  await post(id, 'start')
  await until('it to end', async () => (await inspect(id)).State.Status === 'exited')
  return id
}

async function failing(): Promise<string> {
  const id = await create({ Cmd: ['false'], HostConfig: { RestartPolicy: { Name: 'always' } } })
  await post(id, 'start')
  return id
}

/** Those that are restarted by their policy, over and over: it takes a while until their pauses are long enough to look at them. */
const spares: string[] = []
beforeAll(async () => {
  spares.push(...(await Promise.all(Array.from({ length: 5 }, failing))))
})

/**
 * Between two runs, in the first half of a pause of seconds: the first pause lasts 100 ms, each later one twice as long as
 * the one before; a restart is counted when its pause begins. In the second half it could be starting already.
 */
async function restarting(): Promise<string> {
  const id = spares.pop() ?? (await failing())
  await until(
    'a long pause between two runs',
    async () => {
      const { RestartCount, State } = await inspect(id)
      const halfMs = (100 * 2 ** (RestartCount - 1)) / 2
      return State.Restarting && halfMs > 1000 && Date.now() - Date.parse(State.FinishedAt) < halfMs
    },
    50_000,
  ) // Where all of this takes long, so do the pauses, of which half may have to pass.
  return id
}

const MAKE = { created, running, paused, restarting, exited }
type State = keyof typeof MAKE

interface Verb {
  ask(id: string): Promise<ApiAnswer>
  /** What each state answers; `{id}` in a message is the container's. */
  readonly answers: Record<State, readonly [status: number, message?: string]>
  /** The state afterwards, where it changes. */
  readonly leads?: Partial<Record<State, string>>
}

const NOT_RUNNING = [409, 'container {id} is not running'] as const
const RESTARTING = [409, 'Container {id} is restarting, wait until the container is running'] as const
const NOT_KILLABLE = [409, 'cannot kill container: {id}: container {id} is not running'] as const
const NOT_PAUSED = [500, 'Container {id} is not paused'] as const
const STILL_RUNS = [409, 'cannot remove container "{id}": container is running: stop the container before removing or force remove'] as const

const VERBS: Record<string, Verb> = {
  start: {
    ask: (id) => post(id, 'start'),
    answers: { created: [204], running: [304], paused: [409, 'cannot start a paused container, try unpause instead'], restarting: [304], exited: [204] },
    leads: { created: 'running' },
  },
  stop: {
    ask: (id) => post(id, 'stop'),
    answers: { created: [304], running: [204], paused: [204], restarting: [204], exited: [304] },
    leads: { running: 'exited', paused: 'exited', restarting: 'exited' },
  },
  kill: {
    ask: (id) => post(id, 'kill'),
    answers: { created: NOT_KILLABLE, running: [204], paused: [204], restarting: [204], exited: NOT_KILLABLE },
    leads: { running: 'exited', paused: 'exited', restarting: 'exited' },
  },
  pause: {
    ask: (id) => post(id, 'pause'),
    answers: { created: NOT_RUNNING, running: [204], paused: [409, 'Container {id} is already paused'], restarting: RESTARTING, exited: NOT_RUNNING },
    leads: { running: 'paused' },
  },
  unpause: {
    ask: (id) => post(id, 'unpause'),
    answers: { created: NOT_PAUSED, running: NOT_PAUSED, paused: [204], restarting: NOT_PAUSED, exited: NOT_PAUSED },
    leads: { paused: 'running' },
  },
  restart: {
    ask: (id) => post(id, 'restart'),
    answers: { created: [204], running: [204], paused: [204], restarting: [204], exited: [204] },
    leads: { created: 'running', running: 'running', paused: 'running' },
  },
  rm: {
    ask: (id) => daemon.api('DELETE', `/containers/${id}`),
    answers: {
      created: [204],
      running: STILL_RUNS,
      paused: [409, 'cannot remove container "{id}": container is paused and must be unpaused first'],
      restarting: [409, 'cannot remove container "{id}": container is restarting: stop the container before removing or force remove'],
      exited: [204],
    },
    leads: { created: 'gone', exited: 'gone' },
  },
  'rm -f': {
    ask: (id) => daemon.api('DELETE', `/containers/${id}?force=1`),
    answers: { created: [204], running: [204], paused: [204], restarting: [204], exited: [204] },
    leads: { created: 'gone', running: 'gone', paused: 'gone', restarting: 'gone', exited: 'gone' },
  },
  exec: {
    ask: (id) => post(id, 'exec', { Cmd: ['true'] }),
    answers: {
      created: NOT_RUNNING,
      running: [201],
      paused: [409, 'Container {id} is paused, unpause the container before exec'],
      restarting: RESTARTING,
      exited: NOT_RUNNING,
    },
  },
  top: {
    ask: (id) => daemon.api('GET', `/containers/${id}/top`),
    answers: { created: NOT_RUNNING, running: [200], paused: [200], restarting: RESTARTING, exited: NOT_RUNNING },
  },
  resize: {
    ask: (id) => post(id, 'resize?h=10&w=20'),
    answers: { created: NOT_RUNNING, running: [200], paused: [200], restarting: NOT_RUNNING, exited: NOT_RUNNING },
  },
  attach: {
    ask: (id) => post(id, 'attach?logs=1&stdout=1'),
    answers: {
      created: [200],
      running: [200],
      paused: [409, 'container {id} is paused, unpause the container before attach'],
      restarting: [409, 'container {id} is restarting, wait until the container is running'],
      exited: [200],
    },
  },
  update: {
    ask: (id) => post(id, 'update', { CpuShares: 512 }),
    answers: { created: [200], running: [200], paused: [200], restarting: [200], exited: [200] },
  },
  rename: {
    ask: (id) => post(id, `rename?name=other-${id.slice(0, 8)}`),
    answers: { created: [204], running: [204], paused: [204], restarting: [204], exited: [204] },
  },
  logs: {
    ask: (id) => daemon.api('GET', `/containers/${id}/logs?stdout=1`),
    answers: { created: [200], running: [200], paused: [200], restarting: [200], exited: [200] },
  },
}

async function stateOf(id: string): Promise<string> {
  const { Id, State } = await inspect(id)
  return Id === undefined ? 'gone' : State.Status
}

const CASES = (Object.keys(MAKE) as State[]).flatMap((state) => Object.entries(VERBS).map(([name, verb]) => ({ name, verb, state })))

test.each(CASES)('$name on a container that is $state', async ({ verb, state }) => {
  const id = await MAKE[state]()
  const [status, message] = verb.answers[state]
  const answer = await verb.ask(id)
  expect([answer.status, message && answer.body]).toEqual([status, message && `${JSON.stringify({ message: message.replaceAll('{id}', id) })}\n`])
  const after = verb.leads?.[state] ?? (verb.leads && status < 300 ? undefined : state)
  if (after) expect(await stateOf(id)).toBe(after)
  if (after === 'restarting') spares.push(id)
  else if (after !== 'gone') await daemon.api('DELETE', `/containers/${id}?force=1`)
})

test('Running is true while paused and between two runs; a container between two runs has no process', async () => {
  const [pausedOne, restartingOne] = await Promise.all([paused(), restarting()])
  expect((await inspect(pausedOne)).State).toMatchObject({ Status: 'paused', Running: true, Paused: true, Restarting: false })
  expect((await inspect(restartingOne)).State).toMatchObject({ Status: 'restarting', Running: true, Paused: false, Restarting: true, Pid: 0 })
})

test('a container whose removal failed is dead: it can only be removed, and is, once that is possible', async () => {
  const id = await exited()
  const stuck = join(daemon.dataRoot, 'containers', id, 'upper', 'stuck')
  await mkdir(stuck)
  await run('mount', ['-t', 'tmpfs', 'none', stuck])
  try {
    const failed = await daemon.api('DELETE', `/containers/${id}`)
    expect([failed.status, failed.body]).toEqual([500, expect.stringContaining(`unable to remove container ${id}: rmdir `)])
    expect(await stateOf(id)).toBe('dead')
    expect(await daemon.ok('ps', '-a', '--format', '{{.Status}}', '-f', `id=${id}`)).toBe('Dead')
    const started = await post(id, 'start')
    expect([started.status, started.json<{ message: string }>().message]).toEqual([409, 'container is marked for removal and cannot be started'])
    expect((await post(id, 'kill')).status).toBe(409)
    expect((await post(id, 'stop')).status).toBe(304)
    const logs = await daemon.api('GET', `/containers/${id}/logs?stdout=1`)
    expect([logs.status, logs.json<{ message: string }>().message]).toEqual([409, 'can not get logs from container which is dead or marked for removal'])
    const updated = await post(id, 'update', { CpuShares: 512 })
    expect([updated.status, updated.json<{ message: string }>().message]).toEqual([
      500,
      `Cannot update container ${id}: container is marked for removal and cannot be "update"`,
    ])
  } finally {
    await run('umount', [stuck])
  }
  expect((await daemon.api('DELETE', `/containers/${id}`)).status).toBe(204)
  expect(await stateOf(id)).toBe('gone')
})
