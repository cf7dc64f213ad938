import type { Check, EngineSpending } from '../../api/checks.ts'
import type { DataUsage, PrunePlan } from '../../api/data-root.ts'
import type { FileOwner, Listing } from '../../api/files.ts'
import { containerFiles } from '../../api/files.ts'
import type { Replay } from '../../api/replay.ts'
import { parseDetail, type RequestDetail, type RequestRow } from '../../api/requests.ts'
import type { Setting } from '../../api/settings.ts'
import type { Usage } from '../../api/stats.ts'
import type { TerminalNews } from '../../api/terminals.ts'
import type { EngineEvent, EngineIdentity, ImageRow, NetworkRow, VolumeRow } from '../../api/types.ts'
import type { Task } from '../../stores/task.ts'
import { NO_PROGRESS } from '../../stores/task-state.ts'
import type { Face } from '../../text/container-face.ts'
import { say, sayKnown } from '../../text/say.ts'
import { moveStageWord } from '../../text/task-words.ts'
import { WEB } from './containers.ts'
import { EVENTS, IMAGE_ID, REQUEST } from './engine-api.ts'

/** Things as the window has them once it read them. */

export const FACES: readonly Face[] = [
  { shape: 'play', word: 'play', tone: 'run' },
  { shape: 'tick', word: 'tick', tone: 'run' },
  { shape: 'bars', word: 'bars', tone: 'wait' },
  { shape: 'dots', word: 'dots', tone: 'wait' },
  { shape: 'square', word: 'square', tone: 'stop' },
  { shape: 'ring', word: 'ring', tone: 'stop' },
  { shape: 'cross', word: 'cross', tone: 'fail' },
  { shape: 'loop', word: 'loop', tone: 'fail' },
  { shape: 'alert', word: 'alert', tone: 'fail' },
]

export const IMAGES: readonly ImageRow[] = [
  { id: IMAGE_ID, parentId: '', tags: ['example/web:1.4', 'example/web:latest'], digests: [], sizeBytes: 48_200_000, createdAtMs: Date.now() - 9_000_000 },
  { id: `sha256:${'2'.repeat(64)}`, parentId: '', tags: ['postgres:17'], digests: [], sizeBytes: 438_000_000, createdAtMs: Date.now() - 900_000_000 },
  { id: `sha256:${'3'.repeat(64)}`, parentId: '', tags: [], digests: [], sizeBytes: 8_200_000, createdAtMs: undefined },
]

function network(digit: string, name: string, subnet: string, isInternal: boolean): NetworkRow {
  return { id: digit.repeat(64), name, driver: 'bridge', subnets: [subnet], isInternal, createdAtMs: undefined }
}
export const NETWORKS: readonly NetworkRow[] = [
  network('7', 'example-back', '172.21.0.0/16', true),
  network('6', 'example-front', '172.20.0.0/16', false),
  network('5', 'bridge', '172.17.0.0/16', false),
]

export const VOLUME: VolumeRow = { name: 'example-data', driver: 'local', mountpoint: '/var/lib/engineroom/volumes/example-data/_data', createdAtMs: undefined }

export const IDENTITY: EngineIdentity = {
  product: 'Engineroom',
  version: '0.0.0',
  apiVersion: '1.51',
  platform: 'linux/amd64',
  kernel: 'Linux 6.1.0-18-amd64',
  isOurs: true,
  host: 'example-host',
  dataRoot: '/var/lib/engineroom',
  storage: 'overlay2',
  cpus: 4,
  memoryBytes: 16_000_000_000,
}

export const HAPPENED: readonly EngineEvent[] = EVENTS.map(({ Type, Action, time, Actor }) => ({
  atMs: time * 1000,
  type: Type,
  action: Action,
  id: Actor.ID,
  attributes: { name: 'example-web' },
})).toReversed()

export const SAMPLES: readonly Usage[] = Array.from({ length: 120 }, (_, second) => ({
  cpuPercent: 12 + 8 * Math.sin(second / 7) + 3 * Math.sin(second / 2),
  memoryBytes: 42_000_000 + second * 40_000,
  memoryLimitBytes: 268_435_456,
  tasks: 5,
  receivedBytes: second * 12_000 + 4000 * Math.round(Math.sin(second / 5)),
  sentBytes: second * 31_000,
  readBytes: second * 900,
  writtenBytes: second * 2000,
}))

function task(key: string, kind: Task['kind'], phase: Task['phase'], progress: Partial<Task['progress']>): Task {
  return { key, id: key, kind, name: `example/${key}`, phase, canRetry: true, canCancel: true, progress: { ...NO_PROGRESS, ...progress } }
}
export const TASKS: readonly Task[] = [
  task('web:1.5', 'pull', 'working', {
    layers: [
      { id: '4f1c0ffee000', status: 'Pull complete', currentBytes: undefined, totalBytes: undefined },
      { id: '9a1b0ffee000', status: 'Downloading', currentBytes: 12_000_000, totalBytes: 37_600_000 },
    ],
  }),
  task('api:dev', 'build', 'working', { output: 'Step 3/5 : RUN npm ci\n ---> Running in 0123456789ab\n' }),
  task('gone:1', 'pull', 'failed', { error: 'manifest for example/gone:1 not found: manifest unknown' }),
]

/** What the engine does not tell of itself, in the language that is spoken now. */
export function tasksBesideTheEngine(): readonly Task[] {
  const layers = [{ id: '', status: moveStageWord('copying'), currentBytes: 3_100_000_000, totalBytes: 8_400_000_000 }]
  const headline = say('step {number} of {count}: {title}', { number: 4, count: 9, title: sayKnown('Boot Linux') })
  return [{ ...task('move', 'move', 'working', { layers }), canCancel: false }, task('start', 'vm-start', 'working', { headline })]
}

export const CALL: RequestDetail = parseDetail(REQUEST)
export const CALLS: readonly RequestRow[] = [
  CALL,
  { ...CALL, id: 11, method: 'GET', target: '/v1.51/containers/json?all=1', status: 200, durationMs: 2, sentBytes: 5200 },
  { ...CALL, id: 10, method: 'GET', target: '/v1.51/events', phase: 'open', status: 200, durationMs: undefined, isWindow: true },
]
export const AGAIN: Replay = { status: 204, durationMs: 38, message: { headers: [['Api-Version', '1.51']], body: undefined } }

export const USAGE: DataUsage = {
  root: '/var/lib/engineroom',
  totalBytes: 64_000_000_000,
  freeBytes: 22_000_000_000,
  kinds: [{ kind: 'images', count: 12, active: 4, bytes: 6_100_000_000, diskBytes: 6_100_000_000, reclaimableBytes: 2_000_000_000 }],
}

export const PLAN: PrunePlan = {
  containers: [{ id: 'f'.repeat(64), name: 'example-failed', bytes: 120_000 }],
  images: [{ id: IMAGE_ID, names: ['example/old:1'] }],
  imageBytes: 37_600_000,
  volumes: [],
  buildCaches: [],
  bytes: 37_720_000,
}

export const CHECKS: readonly Check[] = [
  { id: 'docker', title: 'docker command', state: 'ok', detail: '/usr/bin/docker', fix: '' },
  {
    id: 'firewall',
    title: 'Firewall',
    state: 'warn',
    detail: '/proc/sys/net/ipv4/ip_forward',
    fix: 'Switch forwarding on.',
    command: 'sysctl net.ipv4.ip_forward=1',
  },
  { id: 'cgroups', title: 'Limits (cgroups)', state: 'fail', detail: '/sys/fs/cgroup/memory', fix: '' },
]

export const SPENT: EngineSpending = {
  uptimeSeconds: 9000,
  cpuSeconds: 4.2,
  memoryBytes: 78_100_000,
  monitorCount: 5,
  monitorBytes: 10_400_000,
  recordBytes: 3_200_000,
}

const setting = { kind: 'texts', choices: [], applies: 'at-once', value: undefined, managedBy: '', preset: undefined, flag: '', isWaiting: false } as const
export const SETTINGS: readonly Setting[] = [
  { ...setting, key: 'registry-mirrors', title: 'Registry mirrors', help: 'Asked before Docker Hub.' },
  {
    ...setting,
    key: 'max-concurrent-downloads',
    title: 'Layers pulled at a time',
    help: 'By default 3.',
    kind: 'count',
    managedBy: '/etc/engineroom/managed.json',
  },
  {
    ...setting,
    key: 'log-level',
    title: "Words of the engine's log",
    help: 'By default info.',
    kind: 'choice',
    choices: ['debug', 'info', 'warn'],
    isWaiting: true,
  },
]

export const OWNER: FileOwner = containerFiles(WEB.id)
export const FILE: Listing = {
  path: '/srv/index.html',
  entries: undefined,
  self: {
    name: 'index.html',
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    sizeBytes: 64,
    modifiedAtMs: Date.now(),
    linkTarget: '',
    isMount: false,
    isReadOnly: false,
  },
}

export const NEWS: TerminalNews = {
  self: 'one',
  size: { rows: 24, columns: 80 },
  people: [
    { id: 'one', number: 1, name: '', role: 'owner' },
    { id: 'two', number: 2, name: 'example', role: 'view' },
  ],
  shares: [{ id: 'example', mode: 'view', expiresAtMs: Date.now() + 3_600_000 }],
}

export const FULL_DISK: Check = {
  id: 'disk',
  title: 'Disk',
  state: 'fail',
  detail: '0.1 GB of 20.0 GB are free at /var/lib/engineroom. Pulls, builds and loads are refused, so that the machine goes on.',
  fix: 'Remove what nobody needs (Data directory), or move the data to a larger disk.',
}
