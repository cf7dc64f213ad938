import { join } from 'node:path'
import { MoveStatus } from '../data-root/move-status.ts'
import { EngineError, messageOf } from '../errors.ts'
import { Log } from '../log.ts'
import { resolveOptions } from './config-file.ts'
import { Configuration } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import { assembleDaemon } from './daemon.ts'
import { openDataRoot } from './data-root.ts'
import { warnOfPages } from './exposure.ts'
import { daemonCommand, type FlagValues } from './flags.ts'
import { leaveHost } from './leave-host.ts'
import { type Listener, listen } from './listeners.ts'
import { readManaged } from './managed-file.ts'
import { lockOf } from './managed-settings.ts'
import { moveStopped } from './move-stopped.ts'
import { giveUpMove, serverDuringMove, settleMove, startAgain } from './moving.ts'
import { claimPidfile } from './pidfile.ts'
import { TlsAccess } from './tls-access.ts'
import { startWebConsole } from './web-console.ts'

/** Made with the snapshot of a virtual machine's engine, where there is one: of its eighty options each is a moment. */
const COMMAND = daemonCommand()

/**
 * `engineroom daemon`, as a process: starts, says where it listens, and runs until it is told to stop. Containers live on.
 * @param argv the arguments after `daemon`
 */
export async function runDaemon(argv: readonly string[]): Promise<never> {
  try {
    await serve(argv)
    process.exit(0)
  } catch (error) {
    const isOurs = error instanceof ConfigurationError || error instanceof EngineError
    process.stderr.write(`engineroom daemon: ${isOurs ? messageOf(error) : error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  }
}

async function serve(argv: readonly string[]): Promise<void> {
  const flags: FlagValues = COMMAND.parse(argv, { from: 'user' }).opts()
  const options = resolveOptions(flags)
  const log = new Log(options.logLevel)
  // Old logs and strays are the business of whoever started us; new files are ours alone.
  process.umask(0o022)
  // What failed with nobody waiting must not take everybody's engine along.
  process.on('unhandledRejection', (error) =>
    log.error(`a failure that nobody waited for: ${messageOf(error)}`, error instanceof Error ? { stack: error.stack } : {}),
  )
  // Who reloads what has not started yet gets what it reads anyway.
  let reload = (): unknown => undefined
  process.on('SIGHUP', () => reload())
  const moveLock = lockOf(readManaged(), 'data-root')
  if (typeof flags.moveDataTo === 'string') {
    if (moveLock !== undefined) throw new EngineError('forbidden', moveLock)
    return moveStopped(options, flags.moveDataTo, log)
  }
  if (flags.leaveHost === true) return leaveHost(options)
  using _pidfile = claimPidfile(options.pidfile)
  using open = new DisposableStack()
  const listeners: Listener[] = []
  for (const host of options.hosts) {
    const listener = await listen(host, { group: options.group, tls: options.tls, log })
    open.defer(() => void listener.close())
    listeners.push(listener)
  }
  const status = new MoveStatus()
  const { promise: restart, resolve: restartAsked } = Promise.withResolvers<'restart'>()
  const home = await openDataRoot(options.dataRoot, {
    status,
    log,
    duringMove() {
      const duringMove = serverDuringMove(options, status, log)
      for (const listener of listeners) listener.serve(duringMove)
    },
  })
  if (home.move) status.report({ stage: 'starting' })
  const moves = { status, isInVm: options.portsOfVmHost, lock: moveLock, restart: () => restartAsked('restart') }
  const configuration = new Configuration(flags, options.portsOfVmHost)
  for (const key of configuration.overruled()) log.warn(`${key} of daemon.json does not count: the administrator of this computer says otherwise`)
  const tlsAccess = new TlsAccess(join(home.path, 'tls-access'), options.portsOfVmHost, log)
  open.defer(() => tlsAccess.close())
  const daemon = await assembleDaemon(options, home, { moves, configuration, tlsAccess }, log).catch(async (error: unknown) => {
    await giveUpMove(home, error, log)
    return startAgain(options)
  })
  await settleMove(home, status, log)
  warnOfPages(options, log)
  // Before anybody is answered: who is may tell us to stop at once, and signals are ours a moment later only.
  await tlsAccess.start(daemon.server)
  for (const listener of listeners) listener.serve(daemon.server)
  const webConsole = options.webConsole === undefined ? undefined : await startWebConsole(options, daemon.terminals, log)
  for (const { address } of listeners) log.info(`API listen on ${address}`)
  daemon.startByPolicy()
  log.info('Daemon has completed initialization')

  let { shutdownTimeoutS } = options
  configuration.reload = async (changed) => {
    await daemon.reload(changed)
    shutdownTimeoutS = changed.shutdownTimeoutS
  }
  reload = async () => {
    daemon.reopenAuditLog()
    try {
      await configuration.reload(resolveOptions(flags))
    } catch (error) {
      log.error(`configuration not reloaded: ${messageOf(error)}`)
    }
  }
  const signals = told(['SIGTERM', 'SIGINT'])
  const end = await Promise.race([signals.told, restart])
  // Whoever tells it to stop from now on means what would start again, too: that is the kernel's to do.
  signals.forget()
  log.info(end === 'restart' ? 'starting again' : 'stopping; running containers live on')
  // Streams that clients hold open (events, logs) would keep the process.
  const deadline = setTimeout(() => (end === 'restart' ? startAgain(options) : process.exit(0)), shutdownTimeoutS * 1000)
  await webConsole?.close()
  open.dispose()
  daemon.server.closeAllConnections()
  await daemon.stop()
  clearTimeout(deadline)
  if (end === 'restart') await startAgain(options)
}

function told(signals: readonly NodeJS.Signals[]): { readonly told: Promise<'told'>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<'told'>()
  const tell = () => resolve('told')
  for (const signal of signals) process.once(signal, tell)
  return {
    told: promise,
    forget() {
      for (const signal of signals) process.off(signal, tell)
    },
  }
}
