import { appendFile, mkdir, rm } from 'node:fs/promises'
import { hostname as hostName } from 'node:os'
import { EngineError } from '../errors.ts'
import type { Image } from '../images/image.ts'
import type { EndpointSettings } from '../networks/endpoint-settings.ts'
import { parseVolumesFrom } from '../volumes/mount.ts'
import { type PrepareRequest, prepareMounts } from '../volumes/prepare-mounts.ts'
import { capabilitiesFor } from './capabilities.ts'
import type { ContainerConfig, HostConfig } from './config.ts'
import { wordList } from './config.ts'
import type { Container, ContainerId, ContainerSpec } from './container.ts'
import { publishContainer } from './events.ts'
import { mergeImageConfig } from './image-config.ts'
import { resolveLink } from './links.ts'
import { mergeLogConfig, validateLogConfig } from './logs/log-config.ts'
import { generateName, parseContainerName } from './names.ts'
import type { ContainerParts } from './parts.ts'
import { checkPlatform } from './platform.ts'
import { withImageRoot } from './rootfs.ts'
import { parseSecurityOptions } from './security-options.ts'
import { supportedResources } from './supported-resources.ts'
import { validateCreate } from './validate.ts'

export interface CreateRequest {
  /** Empty for a generated one. */
  readonly name: string
  /** Of the image; empty for this machine's. @see checkPlatform */
  readonly platform: string
  readonly config: ContainerConfig
  readonly hostConfig: HostConfig
  /** Network name or id → settings. */
  readonly endpoints: Readonly<Record<string, EndpointSettings>>
  readonly isBuildStep?: boolean
}

/**
 * Makes a container exist: validated, named, with its volumes, stopped.
 * @throws EngineError `not-found` for the image only (clients then pull), `conflict` for the name, `invalid` otherwise
 * @see Engine API 1.51 ContainerCreate
 */
export async function createContainer(parts: ContainerParts, request: CreateRequest): Promise<{ container: Container; warnings: string[] }> {
  const { limits: hostConfig, warnings } = supportedResources(request.hostConfig, parts.facts.cgroup)
  const name = request.name === '' ? generateName((one) => parts.store.isNameTaken(one)) : parseContainerName(request.name)
  validateCreate(request.config, hostConfig, parts.facts)
  checkReferences(parts, hostConfig)
  const logConfig = mergeLogConfig(hostConfig.LogConfig, parts.logDefaults)
  validateLogConfig(logConfig)
  const image = parts.images.get(request.config.Image ?? '')
  const platformWarnings = checkPlatform(image, request.config.Image ?? '', request.platform)
  const id = parts.store.newId()
  using _reservation = parts.store.reserveName(name, id)
  using reserved = new DisposableStack()
  reserved.use(parts.images.reserveFor(id, image))
  const config = withHostname(parts, mergeImageConfig(request.config, image.config), hostConfig, id)
  const [path, ...args] = commandOf(config)
  if (!path) throw new EngineError('invalid', 'no command specified')

  await using undo = new AsyncDisposableStack()
  const folder = parts.paths.folder(id)
  await mkdir(folder, { recursive: true, mode: 0o710 })
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  using _volumes = parts.volumes.reserveFor(id, (volume) => appendFile(parts.paths.madeVolumes(id), `${volume}\n`))
  const mountImage = (source: string, destination: string) => {
    const mounted = parts.images.get(source)
    reserved.use(parts.images.reserveFor(id, mounted))
    return { imageId: mounted.id, source: parts.paths.imageMount(id, destination) }
  }
  const mounts = await mountsFor(parts, { id, image, config, hostConfig, folder, mountImage })
  undo.defer(() => parts.volumes.removeAnonymous(mounts))
  const spec: ContainerSpec = {
    id,
    name,
    createdAt: new Date().toISOString(),
    imageId: image.id,
    path,
    args,
    config,
    hostConfig: { ...withDefaults(parts, hostConfig), LogConfig: logConfig },
    networks: config.NetworkDisabled ? { none: {} } : endpointsFor(request),
    mounts,
    restartCount: 0,
    hasBeenStoppedByHand: false,
    ...(request.isBuildStep && { isBuildStep: true }),
  }
  const container = parts.store.add(spec)
  undo.move()
  publishContainer(parts.events, container, 'create')
  return { container, warnings: [...platformWarnings, ...warnings, ...networkWarnings(hostConfig)] }
}

/** What names another container or a runtime must exist; a missing one is never "not found": clients would pull. */
function checkReferences(parts: ContainerParts, hostConfig: HostConfig): void {
  if (hostConfig.Runtime && !parts.runtimes.byName.has(hostConfig.Runtime)) {
    throw new EngineError('invalid', `unknown or invalid runtime name: ${hostConfig.Runtime}`)
  }
  parseSecurityOptions(hostConfig.SecurityOpt)
  capabilitiesFor({ isPrivileged: false, add: wordList(hostConfig.CapAdd) ?? [], drop: wordList(hostConfig.CapDrop) ?? [] }, parts.facts.capabilities)
  for (const link of hostConfig.Links ?? []) resolveLink(parts, link)
  for (const mode of [hostConfig.NetworkMode, hostConfig.IpcMode, hostConfig.PidMode]) {
    if (!mode?.startsWith('container:')) continue
    const donor = mode.slice('container:'.length)
    if (!parts.store.lookUp(donor)) throw new EngineError('invalid', `No such container: ${donor}`)
  }
}

function withHostname(parts: ContainerParts, config: ContainerConfig, hostConfig: HostConfig, id: ContainerId): ContainerConfig {
  const mode = hostConfig.NetworkMode ?? ''
  if (mode.startsWith('container:')) return { ...config, Hostname: parts.store.lookUp(mode.slice('container:'.length))?.spec.config.Hostname ?? '' }
  if (config.Hostname) return config
  return { ...config, Hostname: mode === 'host' || hostConfig.UTSMode === 'host' ? hostName() : id.slice(0, 12) }
}

function commandOf(config: ContainerConfig): string[] {
  return [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]
}

interface MountRequest {
  readonly id: ContainerId
  readonly image: Image
  readonly config: ContainerConfig
  readonly hostConfig: HostConfig
  readonly folder: string
  readonly mountImage: PrepareRequest['mountImage']
}

function mountsFor(parts: ContainerParts, { id, image, config, hostConfig, folder, mountImage }: MountRequest) {
  return prepareMounts(parts.volumes, {
    containerId: id,
    binds: hostConfig.Binds ?? [],
    mounts: hostConfig.Mounts ?? [],
    tmpfs: hostConfig.Tmpfs ?? {},
    imageVolumes: Object.keys(config.Volumes ?? {}),
    volumesFrom: (hostConfig.VolumesFrom ?? []).map((text) => donorMounts(parts, text)),
    volumeDriver: hostConfig.VolumeDriver ?? '',
    sharedFolders: parts.sharedFolders,
    mountImage,
    withImageRoot: (use) => withImageRoot(parts, image, `${folder}/image`, use),
  })
}

function donorMounts(parts: ContainerParts, text: string) {
  const { reference, isReadOnly } = parseVolumesFrom(text)
  const donor = parts.store.lookUp(reference)
  if (!donor) throw new EngineError('invalid', `No such container: ${reference}`)
  return { containerId: donor.id, mounts: donor.spec.mounts, isReadOnly }
}

/** The defaults that inspect must show as if the client had sent them. */
function withDefaults(parts: ContainerParts, hostConfig: HostConfig): HostConfig {
  const { NetworkMode, IpcMode, PidMode, Links } = hostConfig
  return {
    ...hostConfig,
    ...(Links && { Links: isUserDefined(NetworkMode) ? [] : Links.map((link) => resolveLink(parts, link)) }),
    NetworkMode: !NetworkMode || NetworkMode === 'default' ? 'bridge' : withDonorId(parts, NetworkMode),
    IpcMode: withDonorId(parts, IpcMode || 'private'),
    ...(PidMode && { PidMode: withDonorId(parts, PidMode) }),
    RestartPolicy: { Name: hostConfig.RestartPolicy?.Name || 'no', MaximumRetryCount: hostConfig.RestartPolicy?.MaximumRetryCount ?? 0 },
    ...(hostConfig.Memory && !hostConfig.MemorySwap && { MemorySwap: hostConfig.Memory * 2 }),
    PidsLimit: hostConfig.PidsLimit && hostConfig.PidsLimit > 0 ? hostConfig.PidsLimit : undefined,
  }
}

/** `container:<name>` by full id: a name could move to another container. */
function withDonorId(parts: ContainerParts, mode: string): string {
  return mode.startsWith('container:') ? `container:${parts.store.get(mode.slice('container:'.length)).id}` : mode
}

/**
 * The network of the mode, with the settings that were sent for it under its name or as `default`, and the others.
 * On a network with names, a link is one more name.
 */
function endpointsFor({ config, hostConfig, endpoints }: CreateRequest): Record<string, EndpointSettings> {
  const mode = hostConfig.NetworkMode
  const name = !mode || mode === 'default' ? 'bridge' : mode
  if (name.startsWith('container:')) return {}
  const { default: unnamed, ...named } = endpoints
  const settings = { ...(named[name] ?? unnamed) }
  if (config.MacAddress && !settings.MacAddress) settings.MacAddress = config.MacAddress
  if (isUserDefined(mode) && !settings.Links?.length && hostConfig.Links?.length) settings.Links = hostConfig.Links
  return { [name]: settings, ...Object.fromEntries(Object.entries(named).filter(([other]) => other !== name)) }
}

/** @see docker's NetworkMode.IsUserDefined */
function isUserDefined(mode = 'default'): boolean {
  return !['', 'default', 'bridge', 'host', 'none'].includes(mode) && !mode.startsWith('container:')
}

function networkWarnings(hostConfig: HostConfig): string[] {
  const isDiscarded = hostConfig.NetworkMode === 'host' && (Object.keys(hostConfig.PortBindings ?? {}).length > 0 || hostConfig.PublishAllPorts)
  return isDiscarded ? ['Published ports are discarded when using host network mode'] : []
}
