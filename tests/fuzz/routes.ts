import * as bodies from './bodies.ts'
import { CONTAINERS, FILTERS, FLAGS, IMAGES, INTEGERS, NAMES, NASTY_TEXTS, NETWORKS, PATHS, REMOTE_IMAGES, SIGNALS, TIMES, VOLUMES } from './values.ts'

/** An endpoint of the Engine API, and what a request to it is made of. */
export interface FuzzRoute {
  readonly method: string
  /** With places such as `{container}`. @see PLACES */
  readonly path: string
  readonly query?: Readonly<Record<string, readonly string[]>>
  readonly body?: bodies.Json
  /** Fields that the body must not lose. @see isHarmless */
  readonly mustHave?: readonly string[]
  /** The body is an archive. */
  readonly takesArchive?: boolean
  /** The client asks to take the connection over. */
  readonly hijacks?: boolean
  /** Answers when something happens, which may be never: the client leaves after a moment. */
  readonly mayWait?: boolean
  /** How often it is asked for, against the others; 4 unless said. */
  readonly weight?: number
}

/** What may stand in a path for each kind of thing. `{exec}` is an exec that there is. */
export const PLACES: Readonly<Record<string, readonly string[]>> = {
  container: [...CONTAINERS, 'main', 'main', 'terminal', 'still', 'f0', 'f1', 'f2', 'f3'],
  /** Those that may go. */
  guest: ['f0', 'f1', 'f2', 'f3', 'f0', 'f1', 'nosuch', 'a\0b', '..', '__proto__'],
  image: [...IMAGES, 'busybox', 'busybox', 'fuzz/a'],
  guestImage: ['fuzz/a', 'fuzz/b:1', 'fuzz/c', 'nosuch', 'a\0b', '..', '../../outside', 'UPPER', '0'.repeat(64)],
  remote: REMOTE_IMAGES.filter((name) => name !== ''),
  volume: VOLUMES.filter((name) => name !== ''),
  network: NETWORKS,
  exec: ['{exec}', '{exec}', '{exec}', 'nosuch', 'a\0b', '..', '__proto__', '0'.repeat(64)],
  text: NASTY_TEXTS,
}

const STREAMS = {
  stdin: FLAGS,
  stdout: FLAGS,
  stderr: FLAGS,
  stream: FLAGS,
  logs: FLAGS,
  detachKeys: ['ctrl-p', 'ctrl-', 'a,b', '', 'ctrl-é', '\0', ',', 'x'.repeat(500)],
}
const SIZE = { h: [...INTEGERS, '24', '4294967296'], w: [...INTEGERS, '80', '65536'] }
const STOP = { t: INTEGERS, signal: SIGNALS }
const CHANGES = [
  'CMD ["true"]',
  'ENV A=1',
  'ENV',
  'FROM x',
  'RUN true',
  'LABEL a=b',
  'EXPOSE 99999',
  'VOLUME [',
  'WORKDIR a\0b',
  'USER',
  '',
  '\0',
  'x'.repeat(5000),
  'HEALTHCHECK x',
  'ONBUILD ONBUILD',
]
const JSON_TEXTS = [
  '{}',
  '{"a":"b"}',
  '{"a":null}',
  '{"a":1}',
  '[]',
  'null',
  '{',
  '"x"',
  '[{"Name":"nofile","Soft":1,"Hard":2}]',
  '[{"Name":1}]',
  '\0',
  '{"__proto__":"x"}',
  '1e400',
]
const PLATFORMS = ['linux/amd64', 'linux', 'windows', 'linux/arm/v7/x', 'a b', '\0', '/', '{"os":"linux"}', 'x'.repeat(500)]

const BUILD = {
  dockerfile: ['Dockerfile', 'Dockerfile', 'nosuch', '../../outside/canary', '/etc/hostname', 'a\0b', '.', '', 'Dockerfile/x', 'x'.repeat(300), 'link'],
  t: ['fuzz/a', 'fuzz/c', 'UPPER', 'a\0b', '', ':'],
  remote: ['', '-', 'x'],
  q: FLAGS,
  nocache: FLAGS,
  rm: FLAGS,
  forcerm: FLAGS,
  memory: INTEGERS,
  memswap: INTEGERS,
  cpushares: INTEGERS,
  cpuperiod: INTEGERS,
  shmsize: INTEGERS,
  cpusetcpus: ['0', '', 'x', '99', '\0'],
  buildargs: JSON_TEXTS,
  labels: JSON_TEXTS,
  ulimits: JSON_TEXTS,
  networkmode: ['none', '', 'nosuch', '\0', 'container:nosuch'],
  extrahosts: ['a:192.0.2.1', 'a', '', ',', '\0'],
  target: ['', 'nosuch', '\0'],
  platform: PLATFORMS,
  version: ['', '1', '2', 'x'],
  squash: FLAGS,
}

const SWARM: readonly FuzzRoute[] = (
  [
    ['GET', '/swarm'],
    ['POST', '/swarm/init'],
    ['POST', '/swarm/join'],
    ['POST', '/swarm/leave'],
    ['GET', '/services'],
    ['POST', '/services/create'],
    ['GET', '/nodes/{text}'],
    ['GET', '/tasks'],
    ['DELETE', '/secrets/{text}'],
    ['GET', '/configs'],
    ['GET', '/plugins'],
    ['GET', '/plugins/{text}/json'],
    ['POST', '/plugins/pull'],
    ['POST', '/session'],
    ['GET', '/{text}'],
    ['TRACE', '/info'],
    ['OPTIONS', '/containers/json'],
    ['BREW', '/info'],
  ] as const
).map(([method, path]) => ({ method, path, weight: 1 }))

/** Every endpoint of the API; what can take long is asked for more seldom. */
export const ROUTES: readonly FuzzRoute[] = [
  { method: 'GET', path: '/_ping', weight: 1 },
  { method: 'HEAD', path: '/_ping', weight: 1 },
  { method: 'GET', path: '/version', weight: 1 },
  { method: 'GET', path: '/info', weight: 1 },
  { method: 'GET', path: '/events', query: { since: TIMES, until: TIMES, filters: FILTERS }, mayWait: true },
  { method: 'GET', path: '/system/df', query: { type: ['container', 'image', 'volume', 'build-cache', 'x', '', '\0'] }, weight: 2 },
  { method: 'POST', path: '/auth', body: bodies.LOGIN, mustHave: ['serveraddress'], weight: 2 },
  { method: 'GET', path: '/containers/json', query: { all: FLAGS, limit: INTEGERS, size: FLAGS, filters: FILTERS }, weight: 12 },
  { method: 'POST', path: '/containers/create', query: { name: NAMES, platform: PLATFORMS }, body: bodies.CREATE, weight: 40 },
  { method: 'POST', path: '/containers/create', query: { name: ['f0', 'f1', 'f2', 'f3'] }, body: bodies.SMALL_CREATE, weight: 12 },
  { method: 'POST', path: '/containers/prune', query: { filters: ['{"label":["nosuch"]}', '{"until":["x"]}', '[]', '{"x":["y"]}', '\0'] }, weight: 1 },
  { method: 'GET', path: '/containers/{container}/json', query: { size: FLAGS }, weight: 6 },
  {
    method: 'GET',
    path: '/containers/{container}/logs',
    query: { stdout: FLAGS, stderr: FLAGS, follow: FLAGS, timestamps: FLAGS, details: FLAGS, since: TIMES, until: TIMES, tail: [...INTEGERS, 'all'] },
    mayWait: true,
    weight: 6,
  },
  {
    method: 'GET',
    path: '/containers/{container}/top',
    query: { ps_args: ['aux', '-ef', '', '-o pid', '-o nosuch', '--help', 'x', '\0', '-p 1', 'a b c', '-e -o user'] },
  },
  { method: 'GET', path: '/containers/{container}/changes', weight: 2 },
  { method: 'GET', path: '/containers/{container}/export', weight: 1, mayWait: true },
  { method: 'HEAD', path: '/containers/{container}/archive', query: { path: PATHS }, weight: 5 },
  { method: 'GET', path: '/containers/{container}/archive', query: { path: PATHS }, weight: 5, mayWait: true },
  {
    method: 'PUT',
    path: '/containers/{container}/archive',
    query: { path: ['/tmp', '/tmp', ...PATHS], noOverwriteDirNonDir: FLAGS, copyUIDGID: FLAGS },
    takesArchive: true,
    weight: 6,
  },
  { method: 'GET', path: '/containers/{container}/stats', query: { stream: FLAGS, 'one-shot': FLAGS }, mayWait: true },
  { method: 'POST', path: '/containers/{container}/attach', query: STREAMS, hijacks: true, mayWait: true, weight: 8 },
  { method: 'GET', path: '/containers/{container}/attach/ws', query: STREAMS, mayWait: true, weight: 1 },
  { method: 'POST', path: '/containers/{container}/wait', query: { condition: ['', 'not-running', 'next-exit', 'removed', 'x', '\0'] }, mayWait: true },
  { method: 'POST', path: '/containers/{container}/start', query: { detachKeys: ['', 'x'] }, weight: 5 },
  { method: 'POST', path: '/containers/{container}/stop', query: STOP, mayWait: true, weight: 2 },
  { method: 'POST', path: '/containers/{container}/restart', query: STOP, mayWait: true, weight: 2 },
  { method: 'POST', path: '/containers/{container}/kill', query: { signal: SIGNALS }, weight: 3 },
  { method: 'POST', path: '/containers/{container}/pause', weight: 2 },
  { method: 'POST', path: '/containers/{container}/unpause', weight: 3 },
  { method: 'POST', path: '/containers/{guest}/rename', query: { name: NAMES } },
  { method: 'POST', path: '/containers/{container}/resize', query: SIZE },
  { method: 'POST', path: '/containers/{container}/update', body: bodies.UPDATE, weight: 8 },
  { method: 'DELETE', path: '/containers/{guest}', query: { force: ['1', '1', ...FLAGS], v: ['1', ...FLAGS], link: FLAGS }, weight: 5 },
  { method: 'POST', path: '/containers/{container}/exec', body: bodies.EXEC, weight: 8 },
  { method: 'POST', path: '/exec/{exec}/start', body: bodies.EXEC_START, hijacks: true, mayWait: true },
  { method: 'POST', path: '/exec/{exec}/resize', query: SIZE, mayWait: true },
  { method: 'GET', path: '/exec/{exec}/json' },
  {
    method: 'POST',
    path: '/commit',
    query: {
      container: CONTAINERS,
      repo: ['fuzz/a', 'fuzz/b', 'UPPER', 'a\0b', ''],
      tag: ['', '1', ':', '\0'],
      comment: NASTY_TEXTS,
      author: NASTY_TEXTS,
      pause: FLAGS,
      changes: CHANGES,
    },
    body: bodies.COMMIT,
    weight: 3,
  },
  { method: 'GET', path: '/images/json', query: { all: FLAGS, filters: FILTERS, 'shared-size': FLAGS, filter: IMAGES, digests: FLAGS }, weight: 8 },
  {
    method: 'GET',
    path: '/images/search',
    query: { term: ['x', '', 'a\0b', 'a://b', '127.0.0.1:1/x', '/'], limit: [...INTEGERS, '1000'], filters: ['{', '[]', '{"x":["y"]}'] },
    weight: 1,
  },
  { method: 'GET', path: '/images/get', query: { names: ['fuzz/a', 'nosuch', 'a\0b', '', ',', 'UPPER'] }, weight: 1, mayWait: true },
  {
    method: 'POST',
    path: '/images/create',
    query: { fromImage: REMOTE_IMAGES, tag: ['', '1', ':', '\0', `sha256:${'0'.repeat(64)}`], platform: PLATFORMS },
    weight: 2,
  },
  {
    method: 'POST',
    path: '/images/create',
    query: { fromSrc: ['-', '-', '', '\0'], repo: ['fuzz/c', 'UPPER', '', 'a\0b'], tag: ['', '1', ':'], message: NASTY_TEXTS, changes: CHANGES },
    takesArchive: true,
    weight: 2,
  },
  { method: 'POST', path: '/images/load', query: { quiet: FLAGS }, takesArchive: true, weight: 3 },
  { method: 'POST', path: '/images/prune', query: { filters: ['{"label":["nosuch"]}', '{"until":["x"]}', '[]', '{"x":["y"]}', '\0'] }, weight: 1 },
  { method: 'GET', path: '/images/{image}/json' },
  { method: 'GET', path: '/images/{image}/history' },
  { method: 'GET', path: '/images/{image}/get', weight: 1, mayWait: true },
  { method: 'POST', path: '/images/{remote}/push', query: { tag: ['', '1', ':', '\0'] }, weight: 2 },
  {
    method: 'POST',
    path: '/images/{image}/tag',
    query: { repo: ['fuzz/a', 'fuzz/b', 'UPPER', 'a\0b', '', ':', 'x'.repeat(300)], tag: ['', '1', ':', '\0', 't'.repeat(200)] },
  },
  { method: 'DELETE', path: '/images/{guestImage}', query: { force: FLAGS, noprune: FLAGS } },
  { method: 'GET', path: '/distribution/{remote}/json', weight: 2 },
  { method: 'POST', path: '/build', query: BUILD, takesArchive: true, weight: 6, mayWait: true },
  { method: 'POST', path: '/build/prune', query: { filters: FILTERS, all: FLAGS, 'keep-storage': INTEGERS }, weight: 1 },
  { method: 'POST', path: '/build/cancel', query: { id: NASTY_TEXTS }, weight: 1 },
  { method: 'GET', path: '/volumes', query: { filters: FILTERS } },
  { method: 'POST', path: '/volumes/create', body: bodies.VOLUME, weight: 6 },
  { method: 'POST', path: '/volumes/prune', query: { filters: ['{"label":["nosuch"]}', '{"all":["x"]}', '[]', '{"x":["y"]}', '\0'] }, weight: 1 },
  { method: 'GET', path: '/volumes/{volume}' },
  { method: 'PUT', path: '/volumes/{volume}', body: bodies.VOLUME, weight: 1 },
  { method: 'DELETE', path: '/volumes/{volume}', query: { force: FLAGS } },
  { method: 'GET', path: '/networks', query: { filters: FILTERS } },
  { method: 'POST', path: '/networks/create', body: bodies.NETWORK, weight: 6 },
  { method: 'POST', path: '/networks/prune', query: { filters: FILTERS }, weight: 1 },
  { method: 'GET', path: '/networks/{network}', query: { verbose: FLAGS, scope: NASTY_TEXTS } },
  { method: 'POST', path: '/networks/{network}/connect', body: bodies.CONNECT },
  { method: 'POST', path: '/networks/{network}/disconnect', body: bodies.DISCONNECT },
  { method: 'DELETE', path: '/networks/{network}' },
  ...SWARM,
]
