import type { EventBus } from '../events/bus.ts'
import type { Images } from '../images/images.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { Runtime, RuntimeBinary } from '../linux/runtime.ts'
import type { Log } from '../log.ts'
import type { Networks } from '../networks/networks.ts'
import type { OuterLocalhost } from '../networks/outer-localhost/outer-localhost.ts'
import type { SharedFolders } from '../volumes/shared-folders.ts'
import type { Volumes } from '../volumes/volumes.ts'
import type { ExecStore } from './exec-store.ts'
import type { HealthMonitors } from './health.ts'
import type { ContainerIo } from './io.ts'
import type { ContainerLogs } from './logs/container-logs.ts'
import type { LogConfig } from './logs/log-config.ts'
import type { ContainerPaths } from './paths.ts'
import type { RestartTimers } from './restart-policy.ts'
import type { ContainerStore } from './store.ts'

/** The OCI runtimes of this daemon by name (`--add-runtime`), and the one for those who do not choose. */
export interface RuntimeChoices {
  readonly defaultName: string
  readonly byName: ReadonlyMap<string, RuntimeBinary>
}

/** Everything that the verbs of this folder work with; built once in the composition root. */
export interface ContainerParts {
  readonly store: ContainerStore
  readonly execs: ExecStore
  readonly images: Images
  readonly networks: Networks
  readonly volumes: Volumes
  /** Only in a virtual machine. */
  readonly sharedFolders: SharedFolders | undefined
  /** Only in a virtual machine whose owner wants it. */
  readonly outerLocalhost: OuterLocalhost | undefined
  readonly events: EventBus
  readonly runtime: Runtime
  /** As of now: a reload of the daemon's configuration replaces them. */
  runtimes: RuntimeChoices
  readonly io: ContainerIo
  readonly timers: RestartTimers
  readonly health: HealthMonitors
  readonly paths: ContainerPaths
  readonly facts: HostFacts
  readonly log: Log
  readonly logs: ContainerLogs
  /** `--log-driver` and `--log-opt`. */
  readonly logDefaults: LogConfig
  /** A static init for `--init`; undefined when this machine has none. */
  readonly initPath: string | undefined
  /** The tools of debug shells; undefined when this machine has none. */
  readonly busyboxPath: string | undefined
}
