import { resolveOptions } from '../engine/daemon/config-file.ts'
import { ConfigurationError } from '../engine/daemon/configuration-error.ts'
import { daemonCommand, type FlagValues } from '../engine/daemon/flags.ts'

/** What `npm start` was asked for. */
export interface StartOptions {
  /** End after the first container. */
  readonly exits: boolean
  /** For the daemon, as given and with what `npm start` adds. */
  readonly daemonArgs: readonly string[]
  readonly socketPath: string
  readonly execRoot: string
}

/**
 * `npm start -- [--exit] [flags of the daemon]`.
 * @throws ConfigurationError as the daemon itself
 */
export function startOptions(argv: readonly string[]): StartOptions {
  const exits = argv.includes('--exit')
  const given = argv.filter((word) => word !== '--exit')
  const flags = daemonCommand().name('npm start --').parse(given, { from: 'user' }).opts()
  const options = resolveOptions(flags)
  const socketPath = options.hosts.find((host) => host.startsWith('unix://'))?.slice('unix://'.length)
  if (socketPath === undefined) throw new Error('npm start needs a unix:// address among -H: the first container is run through it')
  const added = [
    ...(options.webConsole === undefined ? ['--web-console', '127.0.0.1:0'] : []),
    ...(flags.logLevel === undefined && !options.debug && isFree(flags, { logLevel: 'warn' }) ? ['--log-level', 'warn'] : []),
  ]
  return { exits, daemonArgs: [...given, ...added], socketPath, execRoot: options.execRoot }
}

/** Whether the daemon would take this from us: not what daemon.json says already, or an administrator. */
function isFree(flags: FlagValues, added: FlagValues): boolean {
  try {
    resolveOptions({ ...flags, ...added })
    return true
  } catch (error) {
    if (error instanceof ConfigurationError) return false
    throw error
  }
}
