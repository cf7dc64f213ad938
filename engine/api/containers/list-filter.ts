import type { Container } from '../../containers/container.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { exitCodeOf } from '../../containers/state.ts'
import { EngineError } from '../../errors.ts'
import type { Filters } from '../query.ts'
import { portViews } from './network-view.ts'

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy']

const KEYS = [
  'ancestor',
  'before',
  'expose',
  'exited',
  'health',
  'id',
  'isolation',
  'is-task',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
] // prettier-ignore

/**
 * The containers that fit the filters of a list, newest first.
 * @throws EngineError `invalid` or `system` (as dockerd has it) for values that mean nothing, `not-found` for before and since
 * @see engine-api notes 4.8
 */
export function selectContainers(parts: ContainerParts, filters: Filters): Container[] {
  filters.allow(...KEYS)
  checkValues(filters, 'status', STATUSES, 'state')
  checkValues(filters, 'health', HEALTHS, 'health status')
  const isTask = filters.flag('is-task')
  const exitCodes = filters.get('exited').map(parseExitCode)
  const fitsPorts = portFilter(parts, filters)
  const images = filters.has('ancestor') ? imagesFor(parts, filters) : undefined
  return listWindow(parts, filters).filter(
    (container) =>
      isTask !== true &&
      fitsSpec(parts, container, filters) &&
      (exitCodes.length === 0 || hasExited(container, exitCodes)) &&
      fitsPorts(container) &&
      (!images || images.has(container.spec.imageId)),
  )
}

function checkValues(filters: Filters, key: string, allowed: readonly string[], what: string): void {
  for (const value of filters.get(key)) {
    if (allowed.includes(value)) continue
    throw new EngineError('invalid', `invalid filter '${key}=${value}': invalid value for ${what} (${value}): must be one of ${allowed.join(', ')}`)
  }
}

function parseExitCode(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new EngineError('system', `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}

/** `before=X`: those listed after X; `since=X`: those listed before it. */
function listWindow(parts: ContainerParts, filters: Filters): Container[] {
  const all = parts.store.all()
  const position = (key: string) => (filters.has(key) ? all.indexOf(parts.store.get(filters.get(key)[0] ?? '')) : undefined)
  return all.slice((position('before') ?? -1) + 1, position('since'))
}

/** The ids of the images that a list of ancestors means, children included. */
function imagesFor(parts: ContainerParts, filters: Filters): Set<string> {
  const wanted = filters.get('ancestor').flatMap((reference) => parts.images.find(reference) ?? [])
  return new Set(wanted.flatMap((image) => [image.id, ...parts.images.descendantsOf(image.id)]))
}

function fitsSpec(parts: ContainerParts, container: Container, filters: Filters): boolean {
  const { spec, state } = container
  return (
    filters.matchesExactly('status', state.status) &&
    filters.matchesExactly('health', parts.health.of(container)?.status ?? 'none') &&
    filters.matchesPattern('name', spec.name, `/${spec.name}`) &&
    filters.matchesPattern('id', spec.id) &&
    filters.matchesLabels(spec.config.Labels) &&
    filters.matchesExactly('volume', ...spec.mounts.flatMap((mount) => [mount.name ?? '', mount.source, mount.destination])) &&
    fitsNetwork(parts, container, filters)
  )
}

function hasExited({ state }: Container, codes: readonly number[]): boolean {
  return state.status === 'exited' && state.startedAt !== undefined && codes.includes(exitCodeOf(state))
}

function fitsNetwork(parts: ContainerParts, container: Container, filters: Filters): boolean {
  if (!filters.has('network')) return true
  const wanted = filters.get('network')
  return Object.keys(container.spec.networks).some((asked) => {
    const network = parts.networks.store.find(asked)
    return wanted.some((one) => one === asked || one === network?.name || network?.id.startsWith(one))
  })
}

interface PortRange {
  readonly first: number
  readonly last: number
  readonly type: string
}

/** `publish` looks at the host's side, `expose` at the container's; with both, either will do. */
function portFilter(parts: ContainerParts, filters: Filters): (container: Container) => boolean {
  const published = filters.get('publish').map((text) => parsePorts('publish', text))
  const exposed = filters.get('expose').map((text) => parsePorts('expose', text))
  if (published.length === 0 && exposed.length === 0) return () => true
  const fits = (ranges: readonly PortRange[], port: number | undefined, type: string) =>
    ranges.some((range) => port !== undefined && port >= range.first && port <= range.last && type === range.type)
  return (container) =>
    portViews(parts, container).some(({ PublicPort, PrivatePort, Type }) => fits(published, PublicPort, Type) || fits(exposed, PrivatePort, Type))
}

/** `80`, `80/udp`, `8000-8010/tcp` */
function parsePorts(key: string, text: string): PortRange {
  if (text.includes(':')) throw new EngineError('system', `filter for '${key}' should not contain ':': ${text}`)
  const [, first, last = first, type = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text) ?? []
  if (first === undefined) throw new EngineError('system', `error while looking up for ${key} ${text}: invalid port`)
  if (Number(last) < Number(first)) throw new EngineError('system', `error while looking up for ${key} ${text}: invalid range specified for port: ${text}`)
  return { first: Number(first), last: Number(last), type }
}
