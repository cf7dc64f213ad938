import { Command, InvalidArgumentError, Option } from 'commander'
import { goBoolean, notABoolean } from '../json/go-values.ts'
import type { LogLevel } from '../log.ts'
import { VERSION } from './version.ts'

/** Everything that can be said to the daemon, by flag or in daemon.json, after both were joined. */
export interface DaemonOptions {
  readonly hosts: readonly string[]
  readonly dataRoot: string
  readonly execRoot: string
  readonly pidfile: string
  readonly group: string
  readonly logLevel: LogLevel
  readonly debug: boolean
  readonly insecureRegistries: readonly string[]
  readonly registryMirrors: readonly string[]
  readonly hub: string | undefined
  /** Where certificates of registries are: our own place, which is beside daemon.json, and dockerd's. */
  readonly certificateFolders: readonly string[]
  readonly defaultRuntime: string | undefined
  /** `name=path` pairs. */
  readonly runtimes: readonly string[]
  readonly bridge: string
  readonly bip: string | undefined
  readonly mtu: number
  readonly dns: readonly string[]
  readonly dnsSearch: readonly string[]
  readonly dnsOptions: readonly string[]
  readonly defaultAddressPools: readonly string[]
  readonly fixedCidr: string | undefined
  readonly ip: string
  /** What `host-gateway` means in `--add-host`; none for the address of the default bridge. */
  readonly hostGatewayIps: readonly string[]
  readonly icc: boolean
  readonly ipForward: boolean
  readonly ipMasq: boolean
  readonly labels: readonly string[]
  /** For containers that name no driver. */
  readonly logDriver: string
  readonly logOpts: Readonly<Record<string, string>>
  readonly maxConcurrentDownloads: number
  readonly maxConcurrentUploads: number
  readonly shutdownTimeoutS: number
  /** `127.0.0.1:PORT`; port 0 picks a free one; undefined for no console. */
  readonly webConsole: string | undefined
  readonly tls: TlsOptions | undefined
  /** How it gets out; of what is undefined here, its environment says it. */
  readonly proxies: { readonly http: string | undefined; readonly https: string | undefined; readonly none: string | undefined }
  /** As browsers write them; `*` among them for all. */
  readonly corsOrigins: readonly string[]
  readonly auditLog: string | undefined
  /** In a virtual machine: what containers publish is published on the computer around it. */
  readonly portsOfVmHost: boolean
  /** In a virtual machine: what of the computer around it is here at the same path; undefined when this is no such machine. */
  readonly foldersOfVmHost: readonly string[] | undefined
  /** In a virtual machine: what every container finds the computer around it by, at the addresses that `host-gateway` means. */
  readonly namesOfVmHost: readonly string[]
  /** In a virtual machine: containers in the host's network have the localhost of the computer around it. */
  readonly localhostOfVmHost: boolean
}

export interface TlsOptions {
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** Clients must show a certificate of this CA. */
  readonly verify: boolean
}

/** What commander hands over: only what was given on the command line, so that a file can say the rest. */
export type FlagValues = Readonly<Record<string, string | boolean | string[] | number | undefined>>

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]

function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** A switch that may also be said with its value, as Go's flags: `--tlsverify=false`. */
function boolean(text: string): boolean {
  const value = goBoolean(text)
  if (value === undefined) throw new InvalidArgumentError(notABoolean(text))
  return value
}

/** The command `engineroom daemon`, with dockerd's flag names, also those the years have renamed. */
export function daemonCommand(): Command {
  return new Command('engineroom daemon')
    .description('Run the container engine. Its flags have the names and the meaning of dockerd.')
    .version(`Engineroom version ${VERSION.version}, build ${VERSION.gitCommit}`, '-v, --version', 'print the version and end')
    .option('-H, --host <address>', 'listen here: unix://PATH, tcp://HOST:PORT, or fd:// for what systemd opened; may be repeated', collect)
    .option('--data-root <dir>', 'where images, containers and volumes are kept')
    .addOption(new Option('-g, --graph <dir>', 'old name of --data-root'))
    .option('--exec-root <dir>', 'where the state of running containers is kept')
    .option('-p, --pidfile <file>', 'file with the process id of the daemon')
    .option('--config-file <file>', 'daemon.json to read')
    .option('-G, --group <group>', 'group that may use the unix socket')
    .option('-l, --log-level <level>', 'debug, info, warn, error or fatal')
    .option('-D, --debug', 'the same as --log-level debug')
    .option('--insecure-registry <registry>', 'host or CIDR to be spoken to without TLS checks; may be repeated', collect)
    .option('--registry-mirror <url>', 'mirror of Docker Hub; may be repeated', collect)
    .option('--hub <url>', 'registry that stands in for Docker Hub, for pull, push, login and search')
    .option('--default-runtime <name>', 'OCI runtime for containers that name none')
    .option('--add-runtime <name=path>', 'register an OCI runtime; may be repeated', collect)
    .option('-b, --bridge <name>', 'bridge of the default network')
    .option('--bip <cidr>', 'address and size of the default bridge, e.g. 172.17.0.1/16')
    .option('--fixed-cidr <cidr>', 'subnet of the default bridge from which containers get addresses')
    .option('--mtu <bytes>', 'MTU of container networks', integer)
    .option('--ip <address>', 'host address for published ports that name none')
    .option('--host-gateway-ip <address>', 'what host-gateway means in --add-host; may be repeated, for IPv4 and IPv6', collect)
    .option('--icc <bool>', 'let containers of the default bridge reach each other')
    .option('--ip-forward <bool>', 'switch on IP forwarding of the host')
    .option('--ip-masq <bool>', 'hide container addresses behind the host')
    .option('--dns <address>', 'DNS server for containers; may be repeated', collect)
    .option('--dns-search <domain>', 'DNS search domain; may be repeated', collect)
    .option('--dns-opt <option>', 'DNS option; may be repeated', collect)
    .option('--default-address-pool <pool>', 'base=CIDR,size=N for new networks; may be repeated', collect)
    .option('--label <key=value>', 'label of this daemon; may be repeated', collect)
    .option('--log-driver <driver>', 'where the output of containers goes that name no driver: json-file, local or none')
    .option('--log-opt <key=value>', 'option of the log driver; may be repeated', collect)
    .option('--max-concurrent-downloads <n>', 'layers pulled at a time', integer)
    .option('--max-concurrent-uploads <n>', 'layers pushed at a time', integer)
    .option('--shutdown-timeout <seconds>', 'how long a shutdown may take', integer)
    .option('--live-restore', 'accepted: containers always live on while the daemon is away')
    .option('--web-console <host:port>', 'serve the window to browsers here; port 0 picks a free one')
    .option('--tls [bool]', 'TLS on tcp:// addresses', boolean)
    .option('--tlsverify [bool]', 'TLS, and clients must show a certificate of --tlscacert', boolean)
    .option('--tlscacert <file>', 'certificate authority of the clients')
    .option('--tlscert <file>', 'certificate of the daemon')
    .option('--tlskey <file>', 'key of the daemon')
    .option('--api-cors-header <origins>', 'pages that may use the API, e.g. https://panel.example,http://10.0.0.1:8080; * for all')
    .addOption(new Option('--api-enable-cors', 'old name of --api-cors-header=*'))
    .addOption(new Option('--move-data-to <dir>').hideHelp()) // What `engineroom data move` runs while no daemon does.
    .addOption(new Option('--leave-host').hideHelp()) // What the package runs before it is removed.
    .option('--audit-log <file>', 'note every request here: who, what, when, with which result')
    .addOption(new Option('--ports-of-vm-host', 'in a virtual machine: publish ports on the computer around it').hideHelp())
    .addOption(
      new Option('--folders-of-vm-host <dir>', 'in a virtual machine: a folder of the computer around it that is here, too; may be repeated')
        .argParser(collect)
        .hideHelp(),
    )
    .addOption(
      new Option('--names-of-vm-host <name>', 'in a virtual machine: what containers call the computer around it; may be repeated')
        .argParser(collect)
        .hideHelp(),
    )
    .addOption(new Option('--localhost-of-vm-host', 'in a virtual machine: join localhost of --network host with that of the computer around it').hideHelp())
    .allowExcessArguments(false)
}
