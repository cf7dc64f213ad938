import { type Case, quietly, timed } from './case.ts'
import type { Peer } from './peer.ts'

const RUN = ['run', '--rm']
const TRUE = ['busybox', 'true']

export const containerCases: readonly Case[] = [
  { name: 'run', what: 'run --rm busybox true, on the bridge', target: 0.33, unit: 'ms', measure: (peer) => timed(() => quietly(peer, [...RUN, ...TRUE])) },
  {
    name: 'run-none',
    what: 'the same without a network',
    target: 0.33,
    unit: 'ms',
    measure: (peer) => timed(() => quietly(peer, [...RUN, '--network', 'none', ...TRUE])),
  },
  {
    name: 'run-publish',
    what: 'the same with a published port',
    target: 0.33,
    unit: 'ms',
    measure: (peer) => timed(() => quietly(peer, [...RUN, '-p', '80', ...TRUE])),
  },
  { name: 'run-16', what: '16 runs, 8 at a time', target: 0.33, unit: 'ms', mostRounds: 5, measure: (peer) => timed(() => runMany(peer, 16, 8)) },
  {
    name: 'exec',
    what: 'exec true',
    target: 0.6,
    unit: 'ms',
    prepare: (peer) => quietly(peer, ['run', '-d', '--name', 'bench-exec', 'busybox', 'sleep', '100000']),
    measure: (peer) => timed(() => quietly(peer, ['exec', 'bench-exec', 'true'])),
    cleanUp: (peer) => quietly(peer, ['rm', '-f', 'bench-exec']),
  },
  {
    name: 'life',
    what: 'create, start, kill, rm',
    target: 0.4,
    unit: 'ms',
    measure: (peer) =>
      timed(async () => {
        await quietly(peer, ['create', '--name', 'bench-life', 'busybox', 'sleep', '100000'])
        for (const verb of ['start', 'kill', 'rm']) await quietly(peer, [verb, 'bench-life'])
      }),
  },
  {
    name: 'list',
    what: 'ps -a with 150 containers',
    target: 0.5,
    unit: 'ms',
    prepare: (peer) => createMany(peer, 150),
    measure: (peer) => timed(() => quietly(peer, ['ps', '-a'])),
    cleanUp: removeAll,
  },
  {
    name: 'list-api',
    what: 'the same list, without the CLI that prints it',
    target: 0.5,
    unit: 'ms',
    prepare: (peer) => createMany(peer, 150),
    measure: (peer) => timed(() => peer.api('GET', '/v1.41/containers/json?all=1')),
    cleanUp: removeAll,
  },
]

export const logCases: readonly Case[] = [
  {
    name: 'log-write',
    what: 'write 60 MB of log',
    target: 0.5,
    unit: 'ms',
    mostRounds: 5,
    measure: (peer) =>
      timed(async () => {
        await quietly(peer, ['run', '-d', '--name', 'bench-log', 'busybox', 'sh', '-c', lines(60)])
        await quietly(peer, ['wait', 'bench-log'])
      }).finally(() => quietly(peer, ['rm', '-f', 'bench-log'])),
  },
  {
    name: 'log-read',
    what: 'read 40 MB of log',
    target: 0.15,
    unit: 'ms',
    mostRounds: 5,
    prepare: async (peer) => {
      await quietly(peer, ['run', '-d', '--name', 'bench-log', 'busybox', 'sh', '-c', lines(40)])
      await quietly(peer, ['wait', 'bench-log'])
    },
    measure: (peer) => timed(() => quietly(peer, ['logs', 'bench-log'])),
    cleanUp: (peer) => quietly(peer, ['rm', '-f', 'bench-log']),
  },
]

/** A shell command that prints so many MB in lines of 100 bytes. */
function lines(megabytes: number): string {
  return `yes ${'0123456789'.repeat(10).slice(1)} | head -c ${megabytes * 1_000_000}`
}

async function runMany(peer: Peer, total: number, atATime: number): Promise<void> {
  let started = 0
  const worker = async () => {
    while (started++ < total) await quietly(peer, [...RUN, ...TRUE])
  }
  await Promise.all(Array.from({ length: atATime }, worker))
}

/** Containers that never ran, made through the API, where it is quick. */
export async function createMany(peer: Peer, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { status, body } = await peer.api('POST', `/v1.41/containers/create?name=bench-many-${index}`, {
      Image: 'busybox',
      Cmd: ['true'],
      Labels: { number: String(index) },
    })
    if (status !== 201) throw new Error(`${peer.name}: create: ${status} ${body}`)
  }
}

export async function removeAll(peer: Peer): Promise<void> {
  const ids = await peer.ok('ps', '-aq')
  if (ids !== '') await quietly(peer, ['rm', '-f', ...ids.split('\n')])
}
