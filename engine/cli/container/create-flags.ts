import { binarySize } from '../../json/human-size.ts'
import type { CliCommand } from '../command/command.ts'
import { duration, environment, extraHost, integer, ipAddress, label, list, nanoCpus, sizeOrUnlimited, sysctl } from '../command/values.ts'
import { type MountBody, parseMount } from './mount-flag.ts'
import { type NetworkChoice, parseNetwork } from './network-flag.ts'
import { attachable, type Ulimit, ulimit } from './resource-flags.ts'

/** What the flags of `run` say about the container. Names are those of the flags. */
export interface ContainerFlags {
  readonly addHost?: readonly string[]
  readonly attach?: readonly string[]
  readonly capAdd?: readonly string[]
  readonly capDrop?: readonly string[]
  readonly cgroupns?: string
  readonly cgroupParent?: string
  readonly cidfile?: string
  readonly cpuPeriod?: number
  readonly cpuQuota?: number
  readonly cpus?: number
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  readonly cpuShares?: number
  readonly device?: readonly string[]
  readonly dns?: readonly string[]
  readonly dnsOption?: readonly string[]
  readonly dnsOpt?: readonly string[]
  readonly dnsSearch?: readonly string[]
  readonly domainname?: string
  readonly entrypoint?: string
  readonly env?: readonly string[]
  readonly envFile?: readonly string[]
  readonly expose?: readonly string[]
  readonly groupAdd?: readonly string[]
  readonly healthcheck: boolean
  readonly healthCmd?: string
  readonly healthInterval?: number
  readonly healthRetries?: number
  readonly healthStartInterval?: number
  readonly healthStartPeriod?: number
  readonly healthTimeout?: number
  readonly hostname?: string
  readonly init?: boolean
  readonly interactive?: boolean
  readonly ip?: string
  readonly ip6?: string
  readonly ipc?: string
  readonly label?: readonly string[]
  readonly labelFile?: readonly string[]
  readonly link?: readonly string[]
  readonly logDriver?: string
  readonly logOpt?: readonly string[]
  readonly macAddress?: string
  readonly memory?: number
  readonly memoryReservation?: number
  readonly memorySwap?: number
  readonly memorySwappiness?: number
  readonly mount?: readonly MountBody[]
  readonly network?: readonly NetworkChoice[]
  readonly net?: readonly NetworkChoice[]
  readonly networkAlias?: readonly string[]
  readonly netAlias?: readonly string[]
  readonly oomKillDisable?: boolean
  readonly oomScoreAdj?: number
  readonly pid?: string
  readonly pidsLimit?: number
  readonly privileged?: boolean
  readonly publish?: readonly string[]
  readonly publishAll?: boolean
  readonly readOnly?: boolean
  readonly restart?: string
  readonly rm?: boolean
  readonly runtime?: string
  readonly securityOpt?: readonly string[]
  readonly shmSize?: number
  readonly stopSignal?: string
  readonly stopTimeout?: number
  readonly sysctl?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly tty?: boolean
  readonly ulimit?: readonly Ulimit[]
  readonly user?: string
  readonly userns?: string
  readonly uts?: string
  readonly volume?: readonly string[]
  readonly volumesFrom?: readonly string[]
  readonly workdir?: string
}

/** Collects what `read` makes of each value of a repeated flag. */
function listOf<T>(read: (text: string) => T) {
  return (text: string, before: T[] | undefined): T[] => [...(before ?? []), read(text)]
}

/** Declares the flags that say what the container is like. */
export function addContainerFlags(command: CliCommand): CliCommand {
  addProcessFlags(command)
  addNetworkFlags(command)
  addStorageFlags(command)
  addResourceFlags(command)
  addHealthFlags(command)
  return command
}

function addProcessFlags(command: CliCommand): void {
  command
    .flag('-a, --attach <list>', 'Attach to STDIN, STDOUT or STDERR', list(attachable))
    .flag('--cap-add <list>', 'Add Linux capabilities', list())
    .flag('--cap-drop <list>', 'Drop Linux capabilities', list())
    .flag('--cidfile <string>', 'Write the container ID to the file')
    .flag('--domainname <string>', 'Container NIS domain name')
    .flag('--entrypoint <string>', 'Overwrite the default ENTRYPOINT of the image')
    .flag('-e, --env <list>', 'Set environment variables', list(environment))
    .flag('--env-file <list>', 'Read in a file of environment variables', list())
    .flag('--group-add <list>', 'Add additional groups to join', list())
    .flag('-h, --hostname <string>', 'Container host name')
    .flag('--init', 'Run an init inside the container that forwards signals and reaps processes')
    .flag('-i, --interactive', 'Keep STDIN open even if not attached')
    .flag('--ipc <string>', 'IPC mode to use')
    .flag('-l, --label <list>', 'Set meta data on a container', list(label))
    .flag('--label-file <list>', 'Read in a line delimited file of labels', list())
    .flag('--log-driver <string>', 'Logging driver for the container')
    .flag('--log-opt <list>', 'Log driver options', list())
    .flag('--pid <string>', 'PID namespace to use')
    .flag('--privileged', 'Give extended privileges to this container')
    .flag('--restart <string>', 'Restart policy to apply when a container exits (default "no")')
    .flag('--rm', 'Automatically remove the container and its associated anonymous volumes when it exits')
    .flag('--runtime <string>', 'Runtime to use for this container')
    .flag('--security-opt <list>', 'Security Options', list())
    .flag('--stop-signal <string>', 'Signal to stop the container')
    .flag('--stop-timeout <int>', 'Timeout (in seconds) to stop a container', integer)
    .flag('--sysctl <map>', 'Sysctl options', list(sysctl))
    .flag('-t, --tty', 'Allocate a pseudo-TTY')
    .flag('-u, --user <string>', 'Username or UID (format: "<name|uid>[:<group|gid>]")')
    .flag('--userns <string>', 'User namespace to use')
    .flag('--uts <string>', 'UTS namespace to use')
    .flag('-w, --workdir <string>', 'Working directory inside the container')
}

function addNetworkFlags(command: CliCommand): void {
  command
    .flag('--add-host <list>', 'Add a custom host-to-IP mapping (host:ip)', list(extraHost))
    .flag('--dns <list>', 'Set custom DNS servers', list(ipAddress))
    .flag('--dns-option <list>', 'Set DNS options', list())
    .hiddenFlag('--dns-opt <list>', list())
    .flag('--dns-search <list>', 'Set custom DNS search domains', list())
    .flag('--expose <list>', 'Expose a port or a range of ports', list())
    .flag('--ip <string>', 'IPv4 address (e.g., 172.30.100.104)')
    .flag('--ip6 <string>', 'IPv6 address (e.g., 2001:db8::33)')
    .flag('--link <list>', 'Add link to another container', list())
    .flag('--mac-address <string>', 'Container MAC address (e.g., 92:d0:c6:0a:29:33)')
    .flag('--network <network>', 'Connect a container to a network', listOf(parseNetwork))
    .hiddenFlag('--net <network>', listOf(parseNetwork))
    .flag('--network-alias <list>', 'Add network-scoped alias for the container', list())
    .hiddenFlag('--net-alias <list>', list())
    .flag('-p, --publish <list>', "Publish a container's port(s) to the host", list())
    .flag('-P, --publish-all', 'Publish all exposed ports to random ports')
}

function addStorageFlags(command: CliCommand): void {
  command
    .flag('--device <list>', 'Add a host device to the container', list())
    .flag('--mount <mount>', 'Attach a filesystem mount to the container', listOf(parseMount))
    .flag('--read-only', "Mount the container's root filesystem as read only")
    .flag('--shm-size <bytes>', 'Size of /dev/shm', binarySize)
    .flag('--tmpfs <list>', 'Mount a tmpfs directory', list())
    .flag('-v, --volume <list>', 'Bind mount a volume', list())
    .flag('--volumes-from <list>', 'Mount volumes from the specified container(s)', list())
}

function addResourceFlags(command: CliCommand): void {
  command
    .flag('--cgroup-parent <string>', 'Optional parent cgroup for the container')
    .flag('--cgroupns <string>', 'Cgroup namespace to use (host|private)')
    .flag('--cpu-period <int>', 'Limit CPU CFS (Completely Fair Scheduler) period', integer)
    .flag('--cpu-quota <int>', 'Limit CPU CFS (Completely Fair Scheduler) quota', integer)
    .flag('-c, --cpu-shares <int>', 'CPU shares (relative weight)', integer)
    .flag('--cpus <decimal>', 'Number of CPUs', nanoCpus)
    .flag('--cpuset-cpus <string>', 'CPUs in which to allow execution (0-3, 0,1)')
    .flag('--cpuset-mems <string>', 'MEMs in which to allow execution (0-3, 0,1)')
    .flag('-m, --memory <bytes>', 'Memory limit', binarySize)
    .flag('--memory-reservation <bytes>', 'Memory soft limit', binarySize)
    .flag('--memory-swap <bytes>', "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", sizeOrUnlimited)
    .flag('--memory-swappiness <int>', 'Tune container memory swappiness (0 to 100) (default -1)', integer)
    .flag('--oom-kill-disable', 'Disable OOM Killer')
    .flag('--oom-score-adj <int>', "Tune host's OOM preferences (-1000 to 1000)", integer)
    .flag('--pids-limit <int>', 'Tune container pids limit (set -1 for unlimited)', integer)
    .flag('--ulimit <ulimit>', 'Ulimit options', listOf(ulimit))
}

function addHealthFlags(command: CliCommand): void {
  command
    .flag('--health-cmd <string>', 'Command to run to check health')
    .flag('--health-interval <duration>', 'Time between running the check (ms|s|m|h) (default 0s)', duration)
    .flag('--health-retries <int>', 'Consecutive failures needed to report unhealthy', integer)
    .flag('--health-start-interval <duration>', 'Time between running the check during the start period (ms|s|m|h) (default 0s)', duration)
    .flag(
      '--health-start-period <duration>',
      'Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)',
      duration,
    )
    .flag('--health-timeout <duration>', 'Maximum time to allow one check to run (ms|s|m|h) (default 0s)', duration)
    .flag('--no-healthcheck', 'Disable any container-specified HEALTHCHECK')
}
