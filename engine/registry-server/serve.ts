import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { createRegistryServer } from './http/server.ts'
import { Registry } from './registry.ts'
import { FolderStorage } from './storage/folder-storage.ts'

export interface ServeSettings {
  /** `HOST:PORT`, or `:PORT` for every address of this machine. */
  readonly address: string
  /** Where the data lies. */
  readonly root: string
  readonly isReadOnly: boolean
  /** An upload that has not grown for this long is removed. */
  readonly uploadAgeMs: number
}

const CLEANING_INTERVAL_MS = 3_600_000

/**
 * Serves a registry until disposal; then requests under way come to their end.
 * @throws Error when the address is taken or the folder cannot be written to
 */
export async function serveRegistry(settings: ServeSettings, log: Log): Promise<{ readonly address: string } & AsyncDisposable> {
  const storage = new FolderStorage(settings.root)
  await storage.open()
  const registry = new Registry(storage)
  const clean = () => registry.removeAbandoned(settings.uploadAgeMs).catch((error) => log.error(`removing old uploads: ${messageOf(error)}`))
  if (!settings.isReadOnly) await clean()
  const server = createRegistryServer({ registry, log, isReadOnly: settings.isReadOnly })
  const address = await listen(server, settings.address)
  const timer = settings.isReadOnly ? undefined : setInterval(clean, CLEANING_INTERVAL_MS).unref()
  log.info('the registry listens', { address, root: settings.root })
  return {
    address,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      await closed
    },
  }
}

/** @returns the address with the port that it got @throws Error for an address that is none, or taken */
async function listen(server: Server, address: string): Promise<string> {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(address) ?? []
  if (port === '') throw new Error(`invalid address ${address}: use HOST:PORT or :PORT`)
  const listening = once(server, 'listening')
  server.listen({ port: Number(port), ...(host !== '' && { host: host.replace(/^\[(.*)\]$/, '$1') }) })
  await listening
  return `${host}:${(server.address() as AddressInfo).port}`
}
