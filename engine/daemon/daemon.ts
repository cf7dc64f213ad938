import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildRoutes } from '../api/build/routes.ts'
import { buildkitRoutes, doorTo } from '../api/buildkit/routes.ts'
import { checkRoutes } from '../api/checks/routes.ts'
import { configurationRoutes, type Settings } from '../api/configuration/routes.ts'
import { containerRoutes } from '../api/containers/routes.ts'
import { CrossOrigin } from '../api/cross-origin.ts'
import { forgetMoveRoute, moveStatusRoute } from '../api/data-root/move.ts'
import { dataRootRoutes, type Moves } from '../api/data-root/routes.ts'
import { execRoutes } from '../api/exec/routes.ts'
import { layerFileRoutes } from '../api/images/layer-files.ts'
import { imageRoutes } from '../api/images/routes.ts'
import { localRegistryRoutes } from '../api/local-registry/routes.ts'
import { logRoutes } from '../api/log/routes.ts'
import { outerHostRoutes } from '../api/networks/outer-host.ts'
import { networkRoutes } from '../api/networks/routes.ts'
import { portRoutes } from '../api/ports/routes.ts'
import { RequestAudit } from '../api/request-audit.ts'
import { RequestRecord } from '../api/requests/request-record.ts'
import { requestRoutes } from '../api/requests/routes.ts'
import { type ApiServer, createApiServer } from '../api/server.ts'
import type { Identity } from '../api/system/identity.ts'
import { systemRoutes } from '../api/system/routes.ts'
import { taskRoutes } from '../api/tasks/routes.ts'
import { Tasks } from '../api/tasks/tasks.ts'
import { terminalRoutes } from '../api/terminals/routes.ts'
import { type TlsAccessSwitch, tlsAccessRoutes } from '../api/tls-access/routes.ts'
import { unavailableRoutes } from '../api/unavailable.ts'
import { volumeContentRoutes } from '../api/volumes/contents.ts'
import { volumeRoutes } from '../api/volumes/routes.ts'
import { BuildCaches } from '../build/build-caches.ts'
import { sweepBuilds } from '../build/context.ts'
import { StepsUnderWay } from '../build/steps-under-way.ts'
import { Machine } from '../checks/machine.ts'
import { prepareConfinement } from '../containers/confinement.ts'
import { ExecStore } from '../containers/exec-store.ts'
import { watchExits } from '../containers/exit.ts'
import { HealthMonitors } from '../containers/health.ts'
import { HealthFiles } from '../containers/health-files.ts'
import { ContainerIo } from '../containers/io.ts'
import { ContainerLogs } from '../containers/logs/container-logs.ts'
import type { ContainerParts } from '../containers/parts.ts'
import { ContainerPaths } from '../containers/paths.ts'
import { probe } from '../containers/probe.ts'
import { reconcileContainers, startByPolicy } from '../containers/reconcile.ts'
import { relocateMounts } from '../containers/relocate.ts'
import { RestartTimers } from '../containers/restart-policy.ts'
import { isLive } from '../containers/state.ts'
import { ContainerStore } from '../containers/store.ts'
import { Terminals } from '../containers/terminals/terminals.ts'
import { containerUsage } from '../containers/usage.ts'
import { hasCode } from '../errors.ts'
import { EventBus, HISTORY_LIMIT } from '../events/bus.ts'
import { EventFile } from '../events/event-file.ts'
import { Images } from '../images/images.ts'
import { proxiesOf } from '../images/registry/proxy.ts'
import { removeEmptyCgroup } from '../linux/cgroups.ts'
import { Departures } from '../linux/departures.ts'
import { readHostFacts } from '../linux/facts.ts'
import { fileSystemOf } from '../linux/file-system.ts'
import { portHolders } from '../linux/port-holders.ts'
import { Runtime } from '../linux/runtime.ts'
import { spreadSubfolders } from '../linux/spread-subfolders.ts'
import { markTools } from '../linux/unfinished.ts'
import { LocalRegistry } from '../local-registry/local-registry.ts'
import type { Log } from '../log.ts'
import { parsePool } from '../networks/address-pools.ts'
import { KernelNames } from '../networks/kernel-names.ts'
import { Networks } from '../networks/networks.ts'
import { followClock } from '../networks/outer-clock.ts'
import { OuterHost } from '../networks/outer-host.ts'
import type { OuterNetwork } from '../networks/outer-network.ts'
import { ContainerRepository } from '../state/containers.ts'
import { closeDatabase, openDatabase } from '../state/database.ts'
import { ImageRepository } from '../state/images.ts'
import { LocalRegistryRepository } from '../state/local-registry.ts'
import { NetworkRepository } from '../state/networks.ts'
import { VolumeRepository } from '../state/volumes.ts'
import { SharedFolders } from '../volumes/shared-folders.ts'
import { Volumes } from '../volumes/volumes.ts'
import { openAuditLog } from './audit-log.ts'
import { DATABASE } from './check-data.ts'
import { type OpenDataRoot, prepareFolder } from './data-root.ts'
import { outerCertificates } from './default-folders.ts'
import type { DaemonOptions } from './flags.ts'
import { forgetPlace, noteExecRoot, shortNameOf } from './former-place.ts'
import { findHostTools } from './host-tools.ts'
import { outerLocalhostOf } from './outer-localhost.ts'
import { OuterNetworkFollower } from './outer-network.ts'
import { checkedLogDefaults, networkOptions, registrySettings, reloadAttributes } from './part-options.ts'
import { identify } from './peer-identity.ts'
import { VERSION } from './version.ts'

const RUNTIME_NOTES = 'runtimes.json'

/** A daemon whose parts are built and joined with the kernel, but that nobody can talk to yet. */
export interface Daemon {
  readonly server: ApiServer
  readonly images: Images
  readonly terminals: Terminals
  /** Begins the restarts that policies want; called once the API listens. */
  startByPolicy(): void
  /**
   * Takes over what dockerd takes over without a restart: log level, labels, registries, runtimes, limits of transfers.
   * @throws ConfigurationError for a runtime that is not there; then nothing has changed
   */
  reload(options: DaemonOptions): Promise<void>
  /** After somebody has moved its file away. */
  reopenAuditLog(): void
  /** Lets go of everything but the running containers. */
  stop(): Promise<void>
}

/** What routes need that concerns the process as a whole. */
export interface OfProcess {
  readonly moves: Moves
  readonly configuration: Settings
  readonly tlsAccess: TlsAccessSwitch
}

/**
 * The order of start, from the database to the HTTP server: reading it top-down shows what depends on what.
 * @throws ConfigurationError for what the person who starts it can mend
 */
export async function assembleDaemon(
  options: DaemonOptions,
  { path: dataRoot, locks, former, move }: OpenDataRoot,
  { moves, configuration, tlsAccess }: OfProcess,
  log: Log,
): Promise<Daemon> {
  const logDefaults = checkedLogDefaults(options)
  const execRoot = prepareFolder(options.execRoot, 'exec-root', log)
  const shortName = shortNameOf(dataRoot)
  noteExecRoot(dataRoot, execRoot, log)
  // A folder per data root: containers that run on while the daemon is started with another one are not that one's strays.
  const runtimeRoot = join(execRoot, shortName)
  markTools(runtimeRoot)
  if (former !== undefined) await forgetPlace(execRoot, former)
  const tools = await findHostTools(options.runtimes, options.defaultRuntime, join(dataRoot, RUNTIME_NOTES))
  const facts = readHostFacts()
  const confining = prepareConfinement(facts, log)
  const eventFile = new EventFile(join(dataRoot, 'events.jsonl'), HISTORY_LIMIT, log)
  const events = new EventBus(eventFile)
  const db = openDatabase(join(dataRoot, DATABASE))
  const paths = new ContainerPaths(dataRoot, `/engineroom/${shortName}`)
  mkdirSync(paths.root, { recursive: true, mode: 0o710 })

  const store = new ContainerStore(new ContainerRepository(db))
  const usage = containerUsage(store)
  const registry = registrySettings(options)
  const localRegistry = new LocalRegistry({ folder: join(dataRoot, 'registry'), repository: new LocalRegistryRepository(db), log })
  const stored = { root: join(dataRoot, 'images'), repository: new ImageRepository(db) }
  const images = new Images({ ...stored, events, log, usage: usage.images, registry, neighbour: localRegistry })
  const volumes = new Volumes({ root: join(dataRoot, 'volumes'), repository: new VolumeRepository(db), events, usage: usage.volumes })
  const outerHost = options.portsOfVmHost ? new OuterHost(log) : undefined
  const networks = new Networks({ repository: new NetworkRepository(db), events, log, prefix: shortName, options: networkOptions(options), outerHost })
  const outerLocalhost = outerLocalhostOf(options, outerHost, new KernelNames(shortName).localhostTable, log)
  const runtime = new Runtime({ conmon: tools.conmon, execRoot: runtimeRoot, cgroupHierarchies: facts.cgroupHierarchies })
  const parts: ContainerParts = {
    store,
    execs: new ExecStore(runtime),
    images,
    networks,
    volumes,
    outerLocalhost,
    sharedFolders: options.foldersOfVmHost && new SharedFolders(options.foldersOfVmHost, dataRoot),
    events,
    runtime,
    runtimes: tools.runtimes,
    io: new ContainerIo(runtime),
    timers: new RestartTimers(),
    health: new HealthMonitors(events, (container, command, timeoutMs) => probe(parts, container, command, timeoutMs), new HealthFiles(paths, log)),
    paths,
    facts,
    log,
    logs: new ContainerLogs({ paths, runtime, log }),
    logDefaults,
    initPath: tools.initPath,
    busyboxPath: tools.busyboxPath,
  }

  await runtime.start(liveIds(store))
  await Promise.all([images.reconcile(), volumes.reconcile(), networks.start(), sweepBuilds(join(dataRoot, 'builds')), localRegistry.reconcile()])
  const spreading = spreadSubfolders([paths.root, images.layers.root], join(dataRoot, 'spread'))
  if (move?.imageCount !== undefined && images.count() !== move.imageCount) throw new Error(`${images.count()} of ${move.imageCount} images can be read`)
  relocateMounts(store, volumes, paths)
  await Promise.all([reconcileContainers(parts), spreading, confining])
  const stopWatching = watchExits(parts)

  const identity: Identity = {
    ...VERSION,
    daemonId: daemonId(dataRoot),
    dataRoot,
    addressPools: options.defaultAddressPools.map(parsePool),
    fileSystem: fileSystemOf(dataRoot),
    labels: options.labels,
    runtimeVersion: tools.runtimeVersion,
  }
  let saidProxies = options.proxies
  const outerNetwork = new OuterNetworkFollower(outerCertificates(options.execRoot), () => {
    images.registry = { ...images.registry, proxies: proxiesOf(process.env, saidProxies) }
  })
  const outerParts = outerHost && {
    outerHost,
    followClock: (now: number) => followClock(now, log),
    followNetwork: (network: OuterNetwork) => outerNetwork.follow(network),
  }
  const caches = new BuildCaches(join(dataRoot, 'build-caches'))
  await caches.reconcile()
  const record = new RequestRecord(identify)
  const builder = {
    containers: parts,
    root: join(dataRoot, 'builds'),
    caches,
    steps: new StepsUnderWay(),
    historyRoot: join(dataRoot, 'build-history'),
  }
  const terminals = new Terminals(parts)
  const tasks = new Tasks()
  const door = doorTo(builder, VERSION.version)
  const routes = [
    ...systemRoutes(parts, caches, identity),
    ...containerRoutes(parts),
    ...execRoutes(parts),
    ...terminalRoutes(terminals, log),
    ...taskRoutes(tasks),
    ...imageRoutes(images),
    ...layerFileRoutes(parts),
    ...buildRoutes(builder, door),
    ...buildkitRoutes(door),
    ...networkRoutes(parts),
    ...(outerParts ? outerHostRoutes(outerParts) : []),
    ...volumeRoutes(volumes),
    ...volumeContentRoutes(parts),
    ...localRegistryRoutes(localRegistry),
    ...dataRootRoutes({ path: dataRoot, containers: parts, caches }, moves),
    moveStatusRoute(moves.status),
    forgetMoveRoute(moves.status),
    ...configurationRoutes(configuration, moves.restart),
    ...tlsAccessRoutes(tlsAccess),
    ...portRoutes(portHolders),
    ...checkRoutes(new Machine({ dataRoot, facts, bridge: options.bridge, dns: options.dns, runtimeRoot })),
    ...logRoutes(log),
    ...requestRoutes(record, options.hosts[0] ?? ''),
    ...unavailableRoutes(),
  ]
  const auditLog = await openAuditLog(options, log)
  const server = createApiServer(routes, {
    identity: { serverHeader: `Docker/${VERSION.version} (linux)` },
    departures: new Departures(log),
    crossOrigin: new CrossOrigin(options.corsOrigins),
    record,
    tasks,
    audit: auditLog && new RequestAudit({ identify, add: (entry) => auditLog.add(entry) }),
    log,
  })
  return {
    server,
    images,
    terminals,
    startByPolicy: () => startByPolicy(parts),
    reopenAuditLog: () => auditLog?.reopen(),
    async reload(changed) {
      const { runtimes, runtimeVersion } = await findHostTools(changed.runtimes, changed.defaultRuntime, join(dataRoot, RUNTIME_NOTES))
      parts.runtimes = runtimes
      saidProxies = changed.proxies
      images.registry = registrySettings(changed)
      log.level = changed.logLevel
      Object.assign(identity, { labels: changed.labels, runtimeVersion })
      events.publish('daemon', 'reload', identity.daemonId, reloadAttributes(changed, runtimes.defaultName))
      log.info('configuration reloaded')
    },
    async stop() {
      terminals.closeAll()
      parts.timers.cancelAll()
      parts.health.stopAll()
      await Promise.all([parts.logs.stop(), localRegistry.stop()])
      stopWatching()
      await outerLocalhost?.stop()
      await networks.stop()
      await removeEmptyCgroup(paths.cgroupParent)
      eventFile[Symbol.dispose]()
      closeDatabase(db)
      locks[Symbol.dispose]()
    },
  }
}

function liveIds(store: ContainerStore): string[] {
  return store.all().flatMap(({ id, state }) => (isLive(state) ? [id] : []))
}

/** Made once per data root. */
function daemonId(dataRoot: string): string {
  const path = join(dataRoot, 'engine-id')
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
    const id = randomUUID()
    writeFileSync(path, `${id}\n`)
    return id
  }
}
