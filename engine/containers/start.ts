import { EngineError, messageOf } from '../errors.ts'
import { RuntimeFailure } from '../linux/monitor.ts'
import type { OciSpec } from '../linux/oci.ts'
import { SIGKILL, sendSignal } from '../linux/process.ts'
import type { RuntimeBinary } from '../linux/runtime.ts'
import { runtimeWords } from '../linux/runtime-words.ts'
import { settled } from '../settled.ts'
import { activateMounts } from '../volumes/prepare-mounts.ts'
import { pinSubpaths } from '../volumes/subpath.ts'
import { ensureConfinement, profileFor } from './confinement.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import { writeHostFiles } from './host-files.ts'
import { isInHostNetwork } from './host-network.ts'
import { linkedContainers, tellRecipients } from './links.ts'
import { logPolicyOf } from './logs/log-policy.ts'
import { ociSpec } from './oci-spec.ts'
import type { ContainerParts } from './parts.ts'
import { removeContainer } from './remove.ts'
import { isKeptRunning } from './restart-policy.ts'
import { mountRootfs, unmountRootfs } from './rootfs.ts'
import { sandboxRequestFor } from './sandbox-request.ts'
import { mountSharedMemory, unmountSharedMemory } from './shared-memory.ts'
import { sharedNamespaces } from './shared-namespaces.ts'
import type { StartFailure } from './state.ts'
import { resolveUser } from './user.ts'

/**
 * Starts a container that is created, stopped, or due for a restart.
 *
 * A failed start leaves nothing in the kernel, keeps the reason in the container's state, and removes a container
 * that is to be removed after its run.
 * @throws EngineError `not-modified` when it runs, `conflict` when it cannot, `invalid` or `system` when it fails
 * @see Engine API 1.51 ContainerStart
 */
export async function startContainer(parts: ContainerParts, container: Container): Promise<void> {
  try {
    await container.lock.run(async () => {
      checkStartable(container)
      parts.timers.forget(container.id)
      container.spec.restartCount = 0
      container.spec.hasBeenStoppedByHand = false
      await launch(parts, container)
    })
  } catch (error) {
    const { status } = container.state
    if (container.isAutoRemoved && (status === 'created' || status === 'exited')) await removeContainer(parts, container, { removeVolumes: true })
    throw error
  }
}

/** The policy's own start: does nothing when the container was stopped or removed meanwhile. */
export async function restartByPolicy(parts: ContainerParts, container: Container): Promise<void> {
  await container.lock.run(async () => {
    if (container.state.status !== 'restarting') return
    await launch(parts, container)
  })
}

function checkStartable(container: Container): void {
  switch (container.state.status) {
    case 'running':
    case 'restarting':
      throw new EngineError('not-modified', 'container already started')
    case 'paused':
      throw new EngineError('conflict', 'cannot start a paused container, try unpause instead')
    case 'removing':
    case 'dead':
      throw new EngineError('conflict', 'container is marked for removal and cannot be started')
  }
}

async function launch(parts: ContainerParts, container: Container): Promise<void> {
  try {
    await launchOrUndo(parts, container)
  } catch (error) {
    const failure = describeStartFailure(error)
    parts.store.apply(container, { type: 'start-failed', failure })
    await parts.io.drained(container.id)
    container.announceExit(failure.exitCode)
    throw new EngineError(failure.kind, failure.message, { cause: error })
  }
}

async function launchOrUndo(parts: ContainerParts, container: Container): Promise<void> {
  const { id } = container
  const runtime = runtimeOf(parts, container)
  const logPath = await prepareLog(parts, container)
  const cgroupPath = parts.paths.cgroup(id, container.spec.hostConfig.CgroupParent)
  await using undo = new AsyncDisposableStack()
  undo.defer(() => unmountRootfs(parts, id))
  undo.defer(() => unmountSharedMemory(parts, container))
  undo.defer(() => parts.networks.release(id))
  undo.defer(() => parts.outerLocalhost?.leave(id))
  undo.defer(() => parts.volumes.unmountFor(id, container.spec.mounts))
  undo.defer(() => parts.runtime.cleanUp(id, cgroupPath))
  await using pins = new AsyncDisposableStack()
  const linked = linkedContainers(parts, container)
  const pid = await parts.runtime.create(id, () => prepareBundle(parts, container, { runtime, cgroupPath, linked, pins }), {
    runtime,
    logPath,
    hasTty: container.hasTty,
    hasStdin: container.spec.config.OpenStdin ?? false,
    // A terminal is one device for both directions: ending its input would end its output.
    keepsStdinOpen: container.hasTty || !(container.spec.config.StdinOnce ?? false),
  })
  undo.defer(async () => {
    await killAndWait(pid)
  })
  await parts.io.connectWaiting(id)
  for (const mount of container.spec.mounts) {
    parts.volumes.announceMount(mount, id)
    undo.defer(() => parts.volumes.announceUnmount(mount, id))
  }
  if (isInHostNetwork(parts, container)) await parts.outerLocalhost?.join({ id, cgroup: cgroupPath })
  parts.networks.announceConnect(id)
  // Before it runs: nothing it writes, and not its end, may be older than its start.
  const at = new Date().toISOString()
  await parts.runtime.begin(id, runtime)
  parts.store.apply(container, { type: 'started', pid, at })
  undo.move()
  // Those who attached while the process was being let go found no process yet, and no connection to join.
  await parts.io
    .connectWaiting(id)
    .catch((error) => parts.log.debug('a process ended before its clients were connected', { container: id, error: messageOf(error) }))
  // With it, that it runs is on the disk: a power cut must not make of it one that was never started, which stays so.
  if (isKeptRunning(container.spec.hostConfig.RestartPolicy)) parts.store.saveSpec(container)
  else parts.store.saveSpecFact(container)
  await tellRecipients(parts, container)
  publishContainer(parts.events, container, 'start')
  parts.health.start(container)
  parts.logs.watch(container)
}

interface Launch {
  readonly runtime: RuntimeBinary
  readonly cgroupPath: string
  readonly linked: ReturnType<typeof linkedContainers>
  /** Holds the folders of subpaths where they are, until the runtime has mounted them. */
  readonly pins: AsyncDisposableStack
}

/** Mounts, connects and writes whatever the process will find. @returns what the runtime is told of it */
async function prepareBundle(parts: ContainerParts, container: Container, { runtime, cgroupPath, linked, pins }: Launch): Promise<OciSpec> {
  const { id } = container
  const request = { ...sandboxRequestFor(parts, container), linkedHosts: linked.hosts }
  const [, network] = await settled([mountRootfs(parts, container), parts.networks.attach(request)])
  const [user] = await settled([
    resolveUser(parts.paths.merged(id), container.spec.config.User ?? '', container.spec.hostConfig.GroupAdd ?? []),
    writeHostFiles(parts, container, parts.networks.filesFor(request)),
    activateMounts(container.spec.mounts, parts.sharedFolders),
    mountSharedMemory(parts, container),
    ensureConfinement(profileFor(container.spec.hostConfig, parts.facts)),
  ])
  await parts.volumes.mountFor(id, container.spec.mounts)
  const pinned = pins.use(await pinSubpaths(parts.paths.subpaths(id), container.spec.mounts))
  return ociSpec(container, {
    rootfs: parts.paths.merged(id),
    user,
    cgroupPath,
    network,
    linkEnvironment: linked.environment,
    ...sharedNamespaces(parts, container),
    hostFiles: { hosts: parts.paths.hosts(id), resolvConf: parts.paths.resolvConf(id), hostname: parts.paths.hostname(id) },
    initPath: initPathOf(parts, container),
    sourceOf: pinned.sourceOf,
    hasRecursiveReadOnly: runtime.mountOptions.includes('rro'),
    facts: parts.facts,
  })
}

/** A created process that shall not run: its init is killed, and conmon reaps it. */
async function killAndWait(pid: number): Promise<void> {
  for (let waitedMs = 0; sendSignal(pid, SIGKILL) && waitedMs < 2000; waitedMs += 5) await new Promise((resolve) => setTimeout(resolve, 5))
}

function initPathOf(parts: ContainerParts, container: Container): string | undefined {
  // In a namespace that has an init already, a second one could not reap.
  if (!container.spec.hostConfig.Init || container.spec.hostConfig.PidMode) return undefined
  if (parts.initPath === undefined)
    throw new EngineError('system', 'failed to create task for container: exec: "docker-init": executable file not found in $PATH')
  return parts.initPath
}

export function runtimeOf(parts: ContainerParts, container: Container): RuntimeBinary {
  const name = container.spec.hostConfig.Runtime || parts.runtimes.defaultName
  const runtime = parts.runtimes.byName.get(name)
  if (!runtime) throw new EngineError('invalid', `unknown or invalid runtime name: ${name}`)
  return runtime
}

/** The file that conmon writes the container's output to; none for the `none` driver. @throws EngineError `system` for options that are wrong */
async function prepareLog(parts: ContainerParts, container: Container): Promise<string | undefined> {
  try {
    await parts.logs.prepare(container)
    return logPolicyOf(container.spec).driver === 'none' ? undefined : parts.paths.log(container.id)
  } catch (error) {
    throw new EngineError('system', `failed to initialize logging driver: ${messageOf(error)}`, { cause: error })
  }
}

const RUNTIME_PREFIX = 'failed to create task for container: failed to create shim task: OCI runtime create failed: '

interface DescribedFailure extends StartFailure {
  readonly kind: EngineError['kind']
}

/**
 * The message, status and exit code of a failed start. Clients look into the text for exit codes 126 and 127, so
 * the runtime's own words stay.
 */
function describeStartFailure(error: unknown): DescribedFailure {
  if (!(error instanceof RuntimeFailure)) {
    return { message: messageOf(error), kind: error instanceof EngineError ? error.kind : 'system', exitCode: 128 }
  }
  const message = `${RUNTIME_PREFIX}${runtimeWords(error.message)}: unknown`
  if (/executable file not found|no such file or directory|system cannot find the file/.test(message)) return { message, kind: 'invalid', exitCode: 127 }
  if (/permission denied|is a directory/.test(message)) return { message, kind: 'invalid', exitCode: 126 }
  if (message.includes('not a directory')) {
    const hint = 'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type'
    return { message: `${message}: ${hint}`, kind: 'invalid', exitCode: 127 }
  }
  return { message, kind: 'system', exitCode: 128 }
}
