import type { Static } from 'typebox'
import type { ContainerConfigSchema, HostConfigSchema } from '../../containers/config.ts'
import { EngineError } from '../../errors.ts'
import type { EndpointSettings } from '../../networks/endpoint-settings.ts'
import type { MountRequest } from '../../volumes/mount-request.ts'
import type { ApiVersion } from '../version.ts'

/** What was sent, before anybody has looked at it. */
export interface SentContainer {
  readonly config: Static<typeof ContainerConfigSchema>
  readonly hostConfig: Static<typeof HostConfigSchema>
  readonly endpoints: Readonly<Record<string, EndpointSettings>>
}

/** Options of a mount that another type of mount has. */
const OPTIONS = { VolumeOptions: 'volume', BindOptions: 'bind', TmpfsOptions: 'tmpfs' } as const

/**
 * Reads a request as its version has it: what was not there yet is left out, or refused where leaving it out would do
 * something else than was asked for.
 * @returns docker's warnings
 * @throws EngineError `invalid` with docker's words
 * @see Engine API, "version history"
 */
export function readAsVersion(version: ApiVersion, sent: SentContainer): string[] {
  const { config, hostConfig, endpoints } = sent
  const isBefore = (other: string) => !version.atLeast(other)
  // Old clients remove such containers themselves.
  if (isBefore('1.25')) hostConfig.AutoRemove = false
  if (isBefore('1.40')) hostConfig.IpcMode ||= 'shareable'
  if (isBefore('1.42')) hostConfig.ConsoleSize = undefined
  if (isBefore('1.43')) hostConfig.Annotations = undefined
  if (isBefore('1.44') && config.Healthcheck) config.Healthcheck.StartInterval = undefined
  for (const mount of hostConfig.Mounts ?? []) readMount(version, mount)
  const names = Object.keys(endpoints)
  if (names.length > 1 && isBefore('1.44')) {
    throw new EngineError('invalid', `Container cannot be created with multiple network endpoints: ${names.sort().join(', ')}`)
  }
  if (isBefore('1.48')) for (const endpoint of Object.values(endpoints)) endpoint.GwPriority = undefined
  return [...volumeDriverWarning(version, sent), ...readMacAddress(version, sent)]
}

function readMount(version: ApiVersion, mount: MountRequest): void {
  const { Type: type = '', BindOptions: bind, VolumeOptions: volume } = mount
  const needs = (what: string, since: string) => {
    if (!version.atLeast(since)) throw new EngineError('invalid', `${what} needs API v${since} or newer`)
  }
  if (bind && !version.atLeast('1.40')) bind.NonRecursive = false
  if (bind && !version.atLeast('1.42')) bind.CreateMountpoint = false
  for (const [field, own] of Object.entries(OPTIONS) as [keyof typeof OPTIONS, string][]) {
    if (mount[field] === undefined || type === own) continue
    if (version.atLeast('1.42')) throw new EngineError('invalid', `${field} must not be specified on mount type ${JSON.stringify(type)}`)
    // Sic: these were refused before, too.
    if (field !== 'BindOptions') mount[field] = undefined
  }
  if (type === 'bind' && bind?.ReadOnlyForceRecursive) needs('BindOptions.ReadOnlyForceRecursive', '1.44')
  if (volume?.Subpath) needs('VolumeOptions.Subpath', '1.45')
  if (type === 'image') needs('Mount type "Image"', '1.48')
}

/** A driver for all volumes is not that of those that are mounts. */
function volumeDriverWarning(version: ApiVersion, { hostConfig }: SentContainer): string[] {
  const isIgnored = hostConfig.Mounts?.some(({ Type, VolumeOptions }) => Type === 'volume' && !VolumeOptions?.DriverConfig?.Name)
  if (!hostConfig.VolumeDriver || !isIgnored || !version.atLeast('1.48')) return []
  return [
    "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead",
  ]
}

/** Before 1.44 the address of the container is that of its endpoint, which has none of its own; from then on it is the other way round. */
function readMacAddress(version: ApiVersion, { config: { MacAddress: address }, hostConfig, endpoints }: SentContainer): string[] {
  const mode = hostConfig.NetworkMode || 'default'
  const hasEndpoint = mode !== 'host' && mode !== 'none' && !mode.startsWith('container:')
  if (!version.atLeast('1.44')) {
    if (address && !hasEndpoint) throw new EngineError('invalid', 'conflicting options: mac-address and the network mode')
    for (const endpoint of Object.values(endpoints)) endpoint.MacAddress = undefined
    return []
  }
  if (!address) return []
  const main = endpoints[mode] ?? endpoints.default ?? (mode === 'default' ? endpoints.bridge : undefined)
  if (hasEndpoint && main?.MacAddress && main.MacAddress !== address) {
    throw new EngineError('invalid', 'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty')
  }
  return ['The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.']
}
