/** What a container is made to do, and so what may be expected of it. */
export interface Kind {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
  readonly hostConfig: Readonly<Record<string, unknown>>
  /** What it does once started: stays, ends by itself, or is started again and again by its policy. */
  readonly settles: 'running' | 'exited' | 'looping'
  /** With which code it ends by itself. */
  readonly exitCode?: number
  readonly isServer?: boolean
}

const stays = { Cmd: ['sleep', '10000'] }
const policy = (name: string) => ({ RestartPolicy: { Name: name } })

/** A network that is there all the time: its containers have their ports at their own addresses. */
export const ROUTED = 'routed'

export const kinds: readonly Kind[] = [
  { name: 'sleeper', config: stays, hostConfig: {}, settles: 'running' },
  { name: 'netless', config: stays, hostConfig: { NetworkMode: 'none', Init: true }, settles: 'running' },
  { name: 'hostly', config: stays, hostConfig: { NetworkMode: 'host' }, settles: 'running' },
  { name: 'always', config: stays, hostConfig: policy('always'), settles: 'running' },
  { name: 'checked', config: { ...stays, Healthcheck: { Test: ['CMD', 'true'], Interval: 400e6 } }, hostConfig: {}, settles: 'running' },
  { name: 'unless-stopped', config: stays, hostConfig: policy('unless-stopped'), settles: 'running' },
  { name: 'voluminous', config: { ...stays, Volumes: { '/data': {} } }, hostConfig: {}, settles: 'running' },
  { name: 'removed', config: stays, hostConfig: { AutoRemove: true }, settles: 'running' },
  {
    name: 'server',
    config: { Cmd: ['httpd', '-f', '-p', '80', '-h', '/bin'], ExposedPorts: { '80/tcp': {} } },
    hostConfig: { PortBindings: { '80/tcp': [{ HostPort: '' }] } },
    settles: 'running',
    isServer: true,
  },
  {
    name: 'open',
    config: { ...stays, ExposedPorts: { '80/tcp': {} } },
    hostConfig: { NetworkMode: ROUTED, PortBindings: { '80/tcp': [{ HostPort: '' }] } },
    settles: 'running',
  },
  { name: 'short', config: { Cmd: ['sh', '-c', 'echo ended; exit 7'] }, hostConfig: {}, settles: 'exited', exitCode: 7 },
  { name: 'soon', config: { Cmd: ['sh', '-c', 'sleep 0.5; exit 5'] }, hostConfig: {}, settles: 'exited', exitCode: 5 },
  { name: 'soon-removed', config: { Cmd: ['sleep', '0.4'] }, hostConfig: { AutoRemove: true }, settles: 'exited', exitCode: 0 },
  { name: 'looping', config: { Cmd: ['sh', '-c', 'sleep 0.2; exit 3'] }, hostConfig: policy('always'), settles: 'looping', exitCode: 3 },
]
