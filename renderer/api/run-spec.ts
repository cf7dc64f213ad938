import type { RunSpec } from '../text/run-line.ts'
import { shellWord } from '../text/shell-word.ts'
import { fetchJson } from './engine-client.ts'
import { inspectImage } from './images.ts'
import { isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt, textMapAt, textsAt } from './json.ts'

/** How `docker run` would make such a container; what it has of its image is not said again. */
export async function findRunSpec(containerId: string, signal: AbortSignal): Promise<RunSpec> {
  const container = asRecord(await fetchJson(`/containers/${containerId}/json`, { signal }))
  // The image may be gone; then nothing is known to be its.
  const image = await inspectImage(textAt(container, 'Image'), signal).catch(() => ({}))
  return runSpecOf(container, recordAt(asRecord(image), 'Config'))
}

function asRecord(value: unknown): JsonRecord {
  return isRecord(value) ? value : {}
}

type Option = readonly [flag: string, value: string]

const each = (flag: string, values: readonly string[]): Option[] => values.map((value) => [flag, value])
const maybe = (flag: string, value: string | number | undefined): Option[] => (value ? [[flag, String(value)]] : [])

/** @param container the answer of ContainerInspect @param ofImage `Config` of ImageInspect. @see Engine API 1.51; docker-run(1) */
export function runSpecOf(container: JsonRecord, ofImage: JsonRecord): RunSpec {
  const config = recordAt(container, 'Config')
  const host = recordAt(container, 'HostConfig')
  const differing = (key: string) => (textAt(config, key) === textAt(ofImage, key) ? '' : textAt(config, key))
  const entrypoint = textsAt(config, 'Entrypoint')
  const isOwnEntrypoint = entrypoint.join('\0') !== textsAt(ofImage, 'Entrypoint').join('\0')
  const command = textsAt(config, 'Cmd')
  const isOwnCommand = isOwnEntrypoint || command.join('\0') !== textsAt(ofImage, 'Cmd').join('\0')
  const labels = Object.entries(textMapAt(config, 'Labels')).filter(([key, value]) => textMapAt(ofImage, 'Labels')[key] !== value)
  const hostname = textAt(config, 'Hostname')
  return {
    image: textAt(config, 'Image'),
    switches: [
      '-d',
      ...(config.OpenStdin === true ? ['-i'] : []),
      ...(config.Tty === true ? ['-t'] : []),
      ...(host.AutoRemove === true ? ['--rm'] : []),
      ...(host.Init === true ? ['--init'] : []),
      ...(host.Privileged === true ? ['--privileged'] : []),
      ...(host.ReadonlyRootfs === true ? ['--read-only'] : []),
      ...(host.PublishAllPorts === true ? ['-P'] : []),
      ...(textsAt(recordAt(config, 'Healthcheck'), 'Test')[0] === 'NONE' ? ['--no-healthcheck'] : []),
    ],
    options: [
      ...maybe('--name', textAt(container, 'Name').replace(/^\//, '')),
      ...(textAt(container, 'Id').startsWith(hostname) ? [] : maybe('-h', hostname)),
      ...maybe('-u', differing('User')),
      ...maybe('-w', differing('WorkingDir')),
      ...(isOwnEntrypoint ? [['--entrypoint', entrypoint[0] ?? ''] as const] : []),
      ...each(
        '-e',
        textsAt(config, 'Env').filter((one) => !textsAt(ofImage, 'Env').includes(one)),
      ),
      ...each('-p', publishedOf(recordAt(host, 'PortBindings'))),
      ...each('--expose', exposedOf(config, ofImage, host)),
      ...each('-v', textsAt(host, 'Binds')),
      ...each(
        '-v',
        Object.keys(recordAt(config, 'Volumes')).filter((path) => !(path in recordAt(ofImage, 'Volumes'))),
      ),
      ...each('--mount', recordsAt(host, 'Mounts').map(mountWord)),
      ...each(
        '--tmpfs',
        Object.entries(textMapAt(host, 'Tmpfs')).map(([path, options]) => (options === '' ? path : `${path}:${options}`)),
      ),
      ...each('--network', networksOf(container, host)),
      ...each('--dns', textsAt(host, 'Dns')),
      ...each('--add-host', textsAt(host, 'ExtraHosts')),
      ...maybe('--restart', policyOf(recordAt(host, 'RestartPolicy'))),
      ...maybe('-m', numberAt(host, 'Memory')),
      ...maybe('--cpus', (numberAt(host, 'NanoCpus') ?? 0) / 1e9),
      ...maybe('--pids-limit', numberAt(host, 'PidsLimit')),
      ...(numberAt(host, 'ShmSize') === DEFAULT_SHM_BYTES ? [] : maybe('--shm-size', numberAt(host, 'ShmSize'))),
      ...each('--cap-add', textsAt(host, 'CapAdd')),
      ...each('--cap-drop', textsAt(host, 'CapDrop')),
      ...each('--security-opt', textsAt(host, 'SecurityOpt')),
      ...each(
        '--device',
        recordsAt(host, 'Devices').map((one) => [textAt(one, 'PathOnHost'), textAt(one, 'PathInContainer'), textAt(one, 'CgroupPermissions')].join(':')),
      ),
      ...each(
        '--ulimit',
        recordsAt(host, 'Ulimits').map((one) => `${textAt(one, 'Name')}=${numberAt(one, 'Soft') ?? 0}:${numberAt(one, 'Hard') ?? 0}`),
      ),
      ...each(
        '--sysctl',
        Object.entries(textMapAt(host, 'Sysctls')).map(([name, value]) => `${name}=${value}`),
      ),
      ...healthOptions(recordAt(config, 'Healthcheck'), recordAt(ofImage, 'Healthcheck')),
      ...maybe('--pid', textAt(host, 'PidMode')),
      ...maybe('--stop-signal', differing('StopSignal')),
      ...maybe('--stop-timeout', numberAt(config, 'StopTimeout')),
      ...each(
        '-l',
        labels.map(([key, value]) => `${key}=${value}`),
      ),
    ],
    // `--entrypoint` takes one word; the others stand before the command.
    command: [...(isOwnEntrypoint ? entrypoint.slice(1) : []), ...(isOwnCommand ? command : [])],
  }
}

/** A check without a shell (`CMD`) has no flag: its words are written for one, which comes to the same where the image has a shell. */
function healthOptions(own: JsonRecord, ofImage: JsonRecord): Option[] {
  const [kind, ...words] = textsAt(own, 'Test')
  if (kind === 'NONE') return []
  const isOwnTest = textsAt(own, 'Test').join('\0') !== textsAt(ofImage, 'Test').join('\0')
  const differing = (key: string) => (numberAt(own, key) === numberAt(ofImage, key) ? 0 : (numberAt(own, key) ?? 0))
  const span = (flag: string, key: string) => maybe(flag, differing(key) > 0 ? goDuration(differing(key)) : undefined)
  return [
    ...(isOwnTest ? maybe('--health-cmd', kind === 'CMD' ? words.map(shellWord).join(' ') : words.join(' ')) : []),
    ...span('--health-interval', 'Interval'),
    ...span('--health-timeout', 'Timeout'),
    ...maybe('--health-retries', differing('Retries')),
    ...span('--health-start-period', 'StartPeriod'),
    ...span('--health-start-interval', 'StartInterval'),
  ]
}

const GO_UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
] as const

/** In the largest unit that says it without a fraction: `90s`, `1500ms`. @see Go time.ParseDuration */
function goDuration(ns: number): string {
  const [unit, size] = GO_UNITS.find(([_, nsOfUnit]) => ns % nsOfUnit === 0) ?? ['ns', 1]
  return `${ns / size}${unit}`
}

const DEFAULT_SHM_BYTES = 67_108_864

function publishedOf(bindings: JsonRecord): string[] {
  return Object.keys(bindings).flatMap((port) =>
    recordsAt(bindings, port).map((one) => {
      const address = textAt(one, 'HostIp')
      const host = address.includes(':') ? `[${address}]:` : address === '' ? '' : `${address}:`
      const number = textAt(one, 'HostPort') === '0' ? '' : textAt(one, 'HostPort')
      return `${host}${number}${host !== '' || number !== '' ? ':' : ''}${port.replace(/\/tcp$/, '')}`
    }),
  )
}

/** What neither the image exposes nor `-p` does. */
function exposedOf(config: JsonRecord, ofImage: JsonRecord, host: JsonRecord): string[] {
  return Object.keys(recordAt(config, 'ExposedPorts')).filter(
    (port) => !(port in recordAt(ofImage, 'ExposedPorts')) && !(port in recordAt(host, 'PortBindings')),
  )
}

function mountWord(from: JsonRecord): string {
  const [type, source] = [textAt(from, 'Type'), textAt(from, 'Source')]
  return [
    `type=${type}`,
    ...(source === '' ? [] : [`source=${source}`]),
    `target=${textAt(from, 'Target')}`,
    ...(from.ReadOnly === true ? ['readonly'] : []),
  ].join(',')
}

/** The network of its start first, with those that it joined later. */
function networksOf(container: JsonRecord, host: JsonRecord): string[] {
  const mode = textAt(host, 'NetworkMode')
  const first = ['', 'default', 'bridge'].includes(mode) ? 'bridge' : mode
  const all = [first, ...Object.keys(recordAt(recordAt(container, 'NetworkSettings'), 'Networks')).filter((name) => name !== first)]
  return all.length === 1 && first === 'bridge' ? [] : all
}

function policyOf(policy: JsonRecord): string {
  const [name, retries] = [textAt(policy, 'Name'), numberAt(policy, 'MaximumRetryCount') ?? 0]
  return name === 'no' ? '' : retries > 0 ? `${name}:${retries}` : name
}
