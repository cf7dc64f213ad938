import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { initHasChild } from '../../harness/init-child.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

interface Inspected {
  readonly Name: string
  readonly HostConfig: Record<string, unknown>
  readonly State: Record<string, unknown> & {
    readonly Status: string
    readonly Pid: number
    readonly ExitCode: number
    readonly StartedAt: string
    readonly FinishedAt: string
  }
}

const inspect = async (id: string) => (await daemon.api('GET', `/containers/${id}/json`)).json<Inspected>()
const state = async (id: string) => (await inspect(id)).State
const refused = ({ status, body }: { status: number; body: string }) => [status, (JSON.parse(body) as { message: string }).message]

/** Says which signals it gets, and ends by none but SIGKILL. */
const DEAF = 'trap "echo TERM" TERM; trap "echo USR1" USR1; trap "echo INT" INT; echo ready; while :; do sleep 0.05; done'

async function deaf(...flags: string[]): Promise<string> {
  const id = await daemon.ok('run', '-d', ...flags, 'busybox', 'sh', '-c', DEAF)
  await until('it to be ready', async () => (await daemon.ok('logs', id)) === 'ready')
  return id
}

describe('start', () => {
  test('-a shows the output and ends with its code; started again, it runs again', async () => {
    const id = await daemon.ok('create', 'busybox', 'sh', '-c', 'echo hi; exit 2')
    for (let run = 0; run < 2; run++) expect(await daemon.docker(['start', '-a', id])).toMatchObject({ code: 2, stdout: 'hi\n' })
    const { StartedAt, FinishedAt } = await state(id)
    expect(Date.parse(FinishedAt)).toBeGreaterThanOrEqual(Date.parse(StartedAt))
  })

  test('a second run knows when the first one ended', async () => {
    const id = await daemon.ok('create', 'busybox', 'sleep', '1000')
    await daemon.ok('start', id)
    expect((await state(id)).FinishedAt).toBe('0001-01-01T00:00:00Z')
    await daemon.ok('kill', id)
    const { FinishedAt } = await state(id)
    await daemon.ok('start', id)
    expect(await state(id)).toMatchObject({ Status: 'running', ExitCode: 0, FinishedAt })
  })

  test('several, of which one is not there', async () => {
    const id = await daemon.ok('create', 'busybox', 'sleep', '1000')
    const { code, stdout, stderr } = await daemon.docker(['start', id, 'nosuch'])
    expect([code, stdout]).toEqual([1, `${id}\n`])
    expect(stderr).toContain('No such container: nosuch')
  })

  test('a body was never meant to be sent', async () => {
    const id = await daemon.ok('create', 'busybox')
    expect(refused(await daemon.api('POST', `/containers/${id}/start`, { Binds: [] }))).toEqual([
      400,
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    ])
    expect((await daemon.api('POST', `/containers/${id}/start`, {})).status).toBe(204)
  })

  test('eight starts of one container at once: one starts it', async () => {
    const id = await daemon.ok('create', 'busybox', 'sleep', '1000')
    const answers = await Promise.all(Array.from({ length: 8 }, () => daemon.api('POST', `/containers/${id}/start`)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array<number>(7).fill(304)])
  })
})

describe('stop', () => {
  test('SIGTERM, and SIGKILL when that does not help', async () => {
    const id = await deaf()
    await daemon.ok('stop', '-t', '1', id)
    expect(await daemon.ok('logs', id)).toBe('ready\nTERM')
    expect(await state(id)).toMatchObject({ Status: 'exited', ExitCode: 137, Running: false, Pid: 0 })
  })

  test('the signal and the patience of the container, or of the request', async () => {
    const own = await deaf('--stop-signal', 'USR1', '--stop-timeout', '0')
    await daemon.ok('stop', own)
    expect((await daemon.ok('logs', own)).startsWith('ready')).toBe(true)
    expect((await state(own)).ExitCode).toBe(137)
    const asked = await deaf()
    await daemon.ok('stop', '-t', '1', '-s', 'INT', asked)
    expect(await daemon.ok('logs', asked)).toBe('ready\nINT')
  })

  test('a process that ends by itself on SIGTERM', async () => {
    const id = await daemon.ok('run', '-d', '--init', 'busybox', 'sleep', '1000')
    await initHasChild(daemon, id)
    await daemon.ok('stop', id)
    expect(await state(id)).toMatchObject({ Status: 'exited', ExitCode: 143 })
  })

  test('a time that is no number', async () => {
    const id = await deaf()
    expect(refused(await daemon.api('POST', `/containers/${id}/stop?t=soon`))).toEqual([500, 'strconv.Atoi: parsing "soon": invalid syntax'])
    expect((await state(id)).Status).toBe('running')
  })

  test('of many at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => daemon.ok('run', '-d', 'busybox', 'sleep', '1000')))
    expect((await daemon.ok('stop', '-t', '0', ...ids)).split('\n').sort()).toEqual(ids.sort())
  })
})

describe('kill', () => {
  test('any signal, by name or number', async () => {
    const id = await deaf()
    await daemon.ok('kill', '-s', 'USR1', id)
    await until('it to have heard', async () => (await daemon.ok('logs', id)).endsWith('USR1'))
    await daemon.ok('kill', '-s', '2', id)
    await until('it to have heard', async () => (await daemon.ok('logs', id)).endsWith('INT'))
    await daemon.ok('kill', id)
    expect(await state(id)).toMatchObject({ Status: 'exited', ExitCode: 137 })
  })

  test.each([
    ['FOO', 'invalid signal: FOO'],
    ['SIGFOO', 'invalid signal: SIGFOO'],
    ['0', 'invalid signal: 0'],
    ['99', 'the linux daemon does not support signal 99'],
    ['-1', 'the linux daemon does not support signal -1'],
  ])('%s is none', async (signal, words) => {
    const id = await daemon.ok('create', 'busybox')
    expect(refused(await daemon.api('POST', `/containers/${id}/kill?signal=${signal}`))).toEqual([400, `cannot kill container: ${id}: ${words}`])
  })

  test('a frozen container dies as well', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    await daemon.ok('pause', id)
    await daemon.ok('kill', id)
    expect((await state(id)).ExitCode).toBe(137)
  })
})

describe('restart', () => {
  test('ends it, and begins anew', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const before = await state(id)
    await daemon.ok('restart', '-t', '0', id)
    const after = await state(id)
    expect([after.Status, after.Pid === before.Pid]).toEqual(['running', false])
    expect(Date.parse(after.StartedAt)).toBeGreaterThan(Date.parse(before.StartedAt))
  })

  test('who asks in between hears of the second run', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const running = new Set<unknown>()
    const restart = daemon.ok('restart', '-t', '0', id).finally(() => running.add('restarted'))
    while (!running.has('restarted')) running.add((await daemon.api('GET', `/containers/${id}/json`)).json<{ State: { Running: boolean } }>().State.Running)
    await restart
    expect([...running]).toEqual([true, 'restarted'])
  })

  test('of a container that is removed after its run: it is not, in between', async () => {
    const id = await daemon.ok('run', '-d', '--rm', 'busybox', 'sleep', '1000')
    await daemon.ok('restart', '-t', '0', id)
    expect(await inspect(id)).toMatchObject({ State: { Status: 'running' }, HostConfig: { AutoRemove: true } })
    await daemon.ok('stop', '-t', '0', id)
    await until('it to be gone', async () => (await daemon.api('GET', `/containers/${id}/json`)).status === 404)
  })

  test('of one that is removed after its run, between stop and removal: nobody may start it', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await daemon.ok('run', '-d', '--rm', '--network', 'none', 'busybox', 'sleep', '1000')
      const stopped = daemon.api('POST', `/containers/${id}/stop?t=0`)
      const starts: number[] = []
      do starts.push((await daemon.api('POST', `/containers/${id}/start`)).status)
      while (starts.at(-1) === 304)
      expect((await stopped).status).toBe(204)
      expect([404, 409]).toContain(starts.at(-1))
      await until('it to be gone', async () => (await daemon.api('GET', `/containers/${id}/json`)).status === 404)
    }
  })

  test('one that cannot be started again says why', async () => {
    const id = await daemon.ok('create', 'busybox', 'nosuch')
    const [status, message] = refused(await daemon.api('POST', `/containers/${id}/restart`))
    expect([status, message]).toEqual([400, expect.stringMatching(new RegExp(`^Cannot restart container ${id}: .*executable file not found in \\$PATH`))])
  })
})

describe('pause', () => {
  test('stops every process where it stands, and lets it go on', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sh', '-c', 'while :; do echo x; sleep 0.02; done')
    await daemon.ok('pause', id)
    // What was written just before may be on its way to the log.
    const frozen = await until('the log to rest', async () => {
      const said = await daemon.ok('logs', id)
      return said === (await daemon.ok('logs', id)) && said
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await daemon.ok('logs', id)).toBe(frozen)
    await daemon.ok('unpause', id)
    await until('it to go on', async () => (await daemon.ok('logs', id)).length > frozen.length)
  })
})

describe('rm', () => {
  test('-v takes anonymous volumes along, not named ones', async () => {
    const id = await daemon.ok('create', '-v', '/anonymous', '-v', 'kept:/named', 'busybox')
    await daemon.ok('rm', id)
    const left = (await daemon.ok('volume', 'ls', '-q')).split('\n')
    expect(left.length).toBe(2)
    const other = await daemon.ok('create', '-v', '/anonymous', '-v', 'kept:/named', 'busybox')
    await daemon.ok('rm', '-v', other)
    expect((await daemon.ok('volume', 'ls', '-q')).split('\n').sort()).toEqual(left.sort())
    await daemon.ok('volume', 'rm', ...left)
  })

  test('answers when it is gone; who comes second is told so', async () => {
    const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
    const answers = await Promise.all(Array.from({ length: 4 }, () => daemon.api('DELETE', `/containers/${id}?force=1`)))
    for (const { status, body } of answers) {
      if (status === 204) continue
      expect([409, 404]).toContain(status)
      expect(body).toMatch(/is already in progress|No such container/)
    }
    expect((await daemon.api('GET', `/containers/${id}/json`)).status).toBe(404)
  })

  test('by short id, by name, several at once, one missing', async () => {
    const [first, second] = await Promise.all([daemon.ok('create', '--name', 'named', 'busybox'), daemon.ok('create', 'busybox')])
    const { code, stdout, stderr } = await daemon.docker(['rm', 'named', second.slice(0, 12), 'nosuch'])
    expect([code, stdout.split('\n').sort()]).toEqual([1, ['', 'named', second.slice(0, 12)].sort()])
    expect(stderr).toContain('No such container: nosuch')
    expect((await daemon.api('GET', `/containers/${first}/json`)).status).toBe(404)
  })

  test('prune removes what does not run', async () => {
    const running = await daemon.ok('run', '-d', '-l', 'pruned', 'busybox', 'sleep', '1000')
    const created = await daemon.ok('create', '-l', 'pruned', 'busybox')
    const output = await daemon.ok('container', 'prune', '-f', '--filter', 'label=pruned')
    expect(output).toMatch(new RegExp(`^Deleted Containers:\n${created}\n\nTotal reclaimed space: 0B$`))
    expect((await state(running)).Status).toBe('running')
    expect((await daemon.api('POST', '/containers/prune?filters={"label":["pruned"]}')).body).toBe('{"ContainersDeleted":null,"SpaceReclaimed":0}\n')
  })
})

describe('rename', () => {
  test('gives another name, and frees the old one', async () => {
    const id = await daemon.ok('run', '-d', '--name', 'before', 'busybox', 'sleep', '1000')
    await daemon.ok('rename', 'before', 'after')
    expect((await inspect(id)).Name).toBe('/after')
    expect((await daemon.api('GET', '/containers/before/json')).status).toBe(404)
    await daemon.ok('create', '--name', 'before', 'busybox')
  })

  test('refuses no name, the same, a bad one, and one that is taken', async () => {
    const id = await daemon.ok('create', '--name', 'fixed', 'busybox')
    const other = await daemon.ok('create', '--name', 'other', 'busybox')
    const rename = async (name: string) => refused(await daemon.api('POST', `/containers/${id}/rename?name=${name}`))
    expect(await rename('')).toEqual([400, 'Neither old nor new names may be empty'])
    expect(await rename('fixed')).toEqual([400, 'Renaming a container with the same name as its current name'])
    expect(await rename('-x')).toEqual([400, 'Error when allocating new name: Invalid container name (/-x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'])
    expect(await rename('other')).toEqual([
      409,
      `Error when allocating new name: Conflict. The container name "/other" is already in use by container "${other}". You have to remove (or rename) that container to be able to reuse that name.`,
    ])
  })
})

describe('update', () => {
  test('changes the limits of a running container, in the kernel too', async () => {
    const id = await daemon.ok('run', '-d', '--memory', '64m', '--memory-swap', '128m', 'busybox', 'sleep', '1000')
    await daemon.ok('update', '--memory', '32m', '--memory-swap', '64m', '--cpus', '0.5', '--cpu-shares', '300', id)
    expect((await inspect(id)).HostConfig).toMatchObject({ Memory: 32 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024, NanoCpus: 5e8, CpuShares: 300 })
    expect(await daemon.ok('exec', id, 'sh', '-c', 'cat /sys/fs/cgroup/memory.max 2> /dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes')).toBe(
      String(32 * 1024 * 1024),
    )
  })

  test('what is not mentioned stays', async () => {
    const id = await daemon.ok('create', '--memory', '64m', '--restart', 'always', 'busybox')
    const { status, body } = await daemon.api('POST', `/containers/${id}/update`, { CpuShares: 100, Memory: 0, BlkioDeviceReadBps: null })
    expect([status, body]).toEqual([200, expect.stringMatching(/^\{"Warnings":(null|\[\])\}\n$/)])
    expect((await inspect(id)).HostConfig).toMatchObject({ Memory: 64 * 1024 * 1024, CpuShares: 100, RestartPolicy: { Name: 'always' } })
  })

  test('the restart policy, live', async () => {
    const id = await daemon.ok('run', '-d', '-i', 'busybox', 'sh')
    await daemon.ok('update', '--restart', 'on-failure:2', id)
    expect((await inspect(id)).HostConfig).toMatchObject({ RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } })
    await using shell = client(daemon, 'attach', id)
    shell.type('exit 1\n')
    await until(
      'the policy to have restarted it',
      async () => (await daemon.api('GET', `/containers/${id}/json`)).json<{ RestartCount: number }>().RestartCount === 1,
    )
  })

  test.each<[string, string[], object, number, string]>([
    ['too little memory', [], { Memory: 1024 }, 400, 'Minimum memory limit allowed is 6MB'],
    [
      'processors twice over',
      ['--cpu-period', '50000'],
      { NanoCpus: 5e8 },
      409,
      'Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set',
    ],
    [
      'a policy for a container that is removed',
      ['--rm'],
      { RestartPolicy: { Name: 'always' } },
      409,
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    ],
    [
      'more memory than swap',
      ['--memory', '32m', '--memory-swap', '64m'],
      { Memory: 128 * 1024 * 1024 },
      409,
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    ],
  ])('%s', async (_, flags, body, status, message) => {
    const id = await daemon.ok('create', ...flags, 'busybox')
    const [actual, text] = refused(await daemon.api('POST', `/containers/${id}/update`, body))
    expect([actual, String(text).replace(`Cannot update container ${id}: `, '')]).toEqual([status, message])
  })
})

test('a monitor that was killed cannot make a container immortal', async () => {
  const id = await daemon.ok('run', '-d', 'busybox', 'sleep', '1000')
  const { Pid } = await state(id)
  const parent = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${Pid}/status`, 'utf8'))?.[1]
  process.kill(Number(parent), 'SIGKILL')
  await daemon.ok('rm', '-f', id)
})
