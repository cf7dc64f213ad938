import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWebConsole } from '../api/web-console/web-console.ts'
import type { Terminals } from '../containers/terminals/terminals.ts'
import type { Log } from '../log.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { DaemonOptions } from './flags.ts'

/**
 * Serves the window to browsers on this machine. The address with its token goes into a file that only the owner can
 * read, for `npm start` to show.
 */
export async function startWebConsole(options: DaemonOptions, terminals: Terminals, log: Log): Promise<{ close(): Promise<void> }> {
  const found = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(options.webConsole ?? '')
  if (!found) throw new ConfigurationError(`invalid --web-console ${options.webConsole}: use 127.0.0.1:PORT`)
  const host = (found[1] ?? '').replace(/^\[|\]$/g, '')
  const socketPath = options.hosts.find((one) => one.startsWith('unix://'))?.slice('unix://'.length)
  if (socketPath === undefined) throw new ConfigurationError('--web-console needs a unix:// address among -H')
  const token = randomBytes(32).toString('base64url')
  const server = createWebConsole({ staticDir: new URL('../renderer/', import.meta.url).pathname, engineSocketPath: socketPath, terminals, token, log })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error) => reject(new ConfigurationError(`the web console cannot listen on ${options.webConsole}: ${error.message}`)))
  server.listen(Number(found[2]), host, resolve)
  await promise
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : Number(found[2])
  writeFileSync(join(options.execRoot, 'web-console'), `http://${found[1]}:${port}/?token=${token}\n`, { mode: 0o600 })
  log.info(`web console on http://${found[1]}:${port}/`)
  return {
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
