import { setTimeout as sleep } from 'node:timers/promises'
import { type Case, quietly } from './case.ts'
import { createMany, removeAll } from './container-cases.ts'
import type { Peer } from './peer.ts'
import { cpuSeconds, residentMb } from './processes.ts'

const RUNNING = 10
const IDLE_SECONDS = 10

export const daemonCases: readonly Case[] = [
  { name: 'start', what: 'cold start to /_ping', target: 0.5, unit: 'ms', mostRounds: 5, measure: restart },
  {
    name: 'start-300',
    what: 'cold start to /_ping with 300 containers',
    target: 0.5,
    unit: 'ms',
    mostRounds: 3,
    prepare: (peer) => createMany(peer, 300),
    measure: restart,
    cleanUp: removeAll,
  },
  {
    name: 'memory',
    what: 'idle memory of the daemon, after a start and one container',
    target: 80,
    isAbsolute: true,
    unit: 'MB',
    mostRounds: 3,
    async measure(peer) {
      await restart(peer)
      await quietly(peer, ['run', '--rm', 'busybox', 'true'])
      await sleep(2000)
      return residentMb(await peer.processes())
    },
  },
  {
    name: 'memory-each',
    what: `memory per running container, of ${RUNNING}`,
    target: 3,
    isAbsolute: true,
    unit: 'MB',
    mostRounds: 1,
    prepare: startSome,
    measure: async (peer) => (await residentMb(await peer.monitors())) / RUNNING,
    cleanUp: removeAll,
  },
  {
    name: 'idle',
    what: `processor time while idle, ${RUNNING} containers running`,
    target: 0.3,
    isAbsolute: true,
    unit: '% of a core',
    mostRounds: 1,
    prepare: startSome,
    async measure(peer) {
      const pids = [...(await peer.processes()), ...(await peer.monitors())]
      const before = await cpuSeconds(pids)
      await sleep(IDLE_SECONDS * 1000)
      return ((await cpuSeconds(pids)) - before) * (100 / IDLE_SECONDS)
    },
    cleanUp: removeAll,
  },
]

async function restart(peer: Peer): Promise<number> {
  await peer.stop()
  return peer.start()
}

async function startSome(peer: Peer): Promise<void> {
  for (let index = 0; index < RUNNING; index++) await quietly(peer, ['run', '-d', 'busybox', 'sleep', '100000'])
}
