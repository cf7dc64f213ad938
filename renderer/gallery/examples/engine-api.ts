/** Answers of an engine that does not exist: what the components below ask the Engine API for. Every name says that it is an example. */

const id = (digit: string) => digit.repeat(64)
export const IMAGE_ID = `sha256:${id('1')}`
const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds

function summary(digit: string, name: string, more: object) {
  return {
    Id: id(digit),
    Names: [`/${name}`],
    Image: 'example/web:1.4',
    ImageID: IMAGE_ID,
    Command: 'nginx -g "daemon off;"',
    Created: secondsAgo(9000),
    ...more,
  }
}

const onNetworks = (...networks: readonly [name: string, address: string, names: readonly string[]][]) => ({
  NetworkSettings: { Networks: Object.fromEntries(networks.map(([name, IPAddress, DNSNames]) => [name, { IPAddress, DNSNames }])) },
})

export const SUMMARIES = [
  summary('a', 'example-web', {
    State: 'running',
    Status: 'Up 2 hours (healthy)',
    Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
    Labels: { 'com.docker.compose.project': 'example' },
    Mounts: [{ Type: 'volume', Name: 'example-data' }],
    ...onNetworks(['example-front', '172.20.0.2', ['example-web', 'web']], ['example-back', '172.21.0.2', ['example-web']]),
  }),
  summary('b', 'example-db', {
    Image: 'postgres:17',
    Command: 'postgres',
    State: 'running',
    Status: 'Up 2 hours',
    Ports: [{ PrivatePort: 5432, Type: 'tcp' }],
    ...onNetworks(['example-back', '172.21.0.3', ['example-db', 'db']]),
  }),
  summary('c', 'example-worker', {
    Command: 'node worker.js',
    State: 'restarting',
    Status: 'Restarting (1) 6 seconds ago',
    ...onNetworks(['example-back', '', []]),
  }),
  summary('d', 'example-sick', { State: 'running', Status: 'Up 4 minutes (unhealthy)', ...onNetworks(['bridge', '172.17.0.2', []]) }),
  summary('e', 'example-paused', { State: 'paused', Status: 'Up 1 hour (Paused)', ...onNetworks(['bridge', '172.17.0.3', []]) }),
  summary('f', 'example-failed', { State: 'exited', Status: 'Exited (3) 9 minutes ago', ...onNetworks(['bridge', '', []]) }),
  summary('0', 'example-done', { State: 'exited', Status: 'Exited (0) 3 days ago', ...onNetworks(['bridge', '', []]) }),
  summary('9', 'example-new', { State: 'created', Status: 'Created', ...onNetworks(['bridge', '', []]) }),
]

export const CONTAINER = {
  Id: id('a'),
  Name: '/example-web',
  Path: 'nginx',
  Args: ['-g', 'daemon off;'],
  RestartCount: 2,
  State: { Status: 'running', ExitCode: 0, OOMKilled: false, Error: '' },
  Config: { User: '', WorkingDir: '/srv', Hostname: 'aaaaaaaaaaaa', Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'API_TOKEN=example'] },
  HostConfig: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 5 }, Memory: 268_435_456, NanoCpus: 1_500_000_000 },
  Mounts: [
    { Type: 'volume', Name: 'example-data', Source: '/var/lib/engineroom/volumes/example-data/_data', Destination: '/srv', RW: true },
    { Type: 'bind', Source: '/home/example/conf', Destination: '/etc/nginx/conf.d', RW: false },
  ],
  ...onNetworks(['example-front', '172.20.0.2', ['example-web', 'web']]),
}

export const PROCESSES = {
  Titles: ['PID', 'PPID', 'USER', '%CPU', 'RSS', 'ELAPSED', 'COMMAND'],
  Processes: [
    ['4711', '4700', 'root', '0.0', '6120', '02:00:11', 'nginx: master process nginx'],
    ['4720', '4711', 'nginx', '0.3', '3400', '02:00:11', 'nginx: worker process'],
  ],
}

/** Of a minute, a second each. */
export const USAGES = Array.from({ length: 60 }, (_, at) => ({
  id: id('a'),
  cpu_stats: { cpu_usage: { total_usage: 4 + Math.sin(at / 4) * 3 }, system_cpu_usage: 100 },
  precpu_stats: { cpu_usage: { total_usage: 0 }, system_cpu_usage: 1 },
  memory_stats: { usage: 48_000_000 + at * 100_000 },
  networks: { eth0: { rx_bytes: at * 12_000, tx_bytes: at * 84_000 } },
}))

export const CHANGES = [
  { Path: '/run/nginx.pid', Kind: 1 },
  { Path: '/etc/nginx/nginx.conf', Kind: 0 },
  { Path: '/etc/nginx/conf.d/default.conf', Kind: 2 },
]

const event = (secondsBefore: number, Action: string, Attributes: object) => ({
  Type: 'container',
  Action,
  time: secondsAgo(secondsBefore),
  Actor: { ID: id('a'), Attributes: { name: 'example-web', ...Attributes } },
})
export const EVENTS = [event(9000, 'create', {}), event(8990, 'start', {}), event(7300, 'die', { exitCode: '1' }), event(7290, 'start', {})]

export const IMAGE = {
  Id: IMAGE_ID,
  RepoTags: ['example/web:1.4', 'example/web:latest'],
  Os: 'linux',
  Architecture: 'amd64',
  Size: 48_200_000,
  Config: { ExposedPorts: { '80/tcp': {} } },
}

export const HISTORY = [
  { CreatedBy: 'CMD ["nginx" "-g" "daemon off;"]', Created: secondsAgo(9000), Size: 0, Tags: ['example/web:1.4'] },
  { CreatedBy: 'COPY site /srv', Created: secondsAgo(9010), Size: 2_400_000 },
  { CreatedBy: 'RUN apk add --no-cache nginx', Created: secondsAgo(9100), Size: 37_600_000 },
  { CreatedBy: 'ADD alpine-minirootfs.tar.gz /', Created: secondsAgo(3_000_000), Size: 8_200_000 },
]

export const FOUND = [
  { name: 'example', description: 'An example of what a search finds.', star_count: 9120, is_official: true },
  {
    name: 'team/example',
    description: 'Another one, with a description that is longer than the line that it has for itself in a panel.',
    star_count: 12,
    is_official: false,
  },
]

export const NETWORK = {
  Name: 'example-back',
  Id: id('7'),
  Driver: 'bridge',
  IPAM: { Config: [{ Subnet: '172.21.0.0/16', Gateway: '172.21.0.1' }] },
  Internal: true,
}
export const VOLUME = { Name: 'example-data', Driver: 'local', Mountpoint: '/var/lib/engineroom/volumes/example-data/_data', Labels: { example: 'yes' } }

const file = (name: string, kind: string, sizeBytes: number, mode: number) => ({
  name,
  kind,
  mode,
  uid: 0,
  gid: 0,
  sizeBytes,
  modifiedAtMs: Date.now() - 7_200_000,
  linkTarget: '',
})
export const FOLDER = {
  path: '/srv',
  self: file('srv', 'folder', 4096, 0o755),
  entries: [file('assets', 'folder', 4096, 0o755), file('index.html', 'file', 812, 0o644), { ...file('latest', 'link', 6, 0o777), linkTarget: 'assets' }],
}
export const FILE = { path: '/srv/index.html', self: file('index.html', 'file', 64, 0o644) }
export const LAYER = {
  hasLayer: true,
  total: 4,
  hasMore: false,
  entries: [
    { ...file('srv', 'folder', 4096, 0o755), change: 'changed' },
    { ...file('nginx.conf', 'file', 812, 0o644), change: 'changed' },
    { ...file('index.html', 'file', 64, 0o644), change: 'added' },
    { ...file('default.conf', 'file', 1120, 0o644), change: 'removed' },
  ],
}
export const FILE_TEXT = '<!doctype html>\n<title>Example</title>\n<p>A file of an example.\n'

export const CONFIGURATION_FILE = {
  path: '/etc/engineroom/daemon.json',
  text: '{\n  "registry-mirrors": ["https://mirror.example"],\n  "mtu": 1400\n}\n',
  lock: '',
  backupPath: '/etc/engineroom/daemon.json.before',
  managed: { by: '/etc/engineroom/managed.json', keys: ['insecure-registries'] },
}

export const REQUEST = {
  id: 12,
  startedAtMs: Date.now() - 5000,
  method: 'POST',
  target: '/v1.51/containers/example-web/start',
  agent: 'Docker-Client/28.2.2 (linux)',
  peer: { command: 'docker', pid: 4242 },
  phase: 'done',
  status: 500,
  durationMs: 41,
  receivedBytes: 320,
  sentBytes: 214,
  engine: 'unix:///run/engineroom/docker.sock',
  request: { headers: [['Host', 'docker']], body: { bytes: 0, text: '', isCut: false } },
  response: {
    headers: [['Content-Type', 'application/json']],
    body: {
      bytes: 120,
      isCut: false,
      text: '{"message":"driver failed programming external connectivity: Bind for 0.0.0.0:8080 failed: port is already allocated"}',
    },
  },
}
