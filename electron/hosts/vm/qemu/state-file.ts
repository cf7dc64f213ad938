import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { listenPrivately } from '../../listen-privately.ts'
import { PlainError } from '../../plain-error.ts'
import type { QmpClient } from './qmp.ts'

/** Between two looks at how far QEMU is. */
const LOOK_AGAIN_MS = 10

/** As good as none: QEMU keeps to 128 MB a second by itself. */
const BYTES_PER_SECOND = 1e12

/**
 * Has a stopped QEMU write what the guest has in memory to a file, by way of us: QEMU 7 has no transport of its own to a
 * file but a shell's.
 * @throws Error when it cannot: QEMU is as it was. The file may be there in part
 * @see https://www.qemu.org/docs/master/devel/migration/main.html
 */
export async function saveState(monitor: QmpClient, socketPath: string, path: string): Promise<void> {
  await rm(socketPath, { force: true })
  const server = createServer()
  await listenPrivately(server, socketPath)
  try {
    const connected = once(server, 'connection')
    await monitor.execute('migrate-set-parameters', { 'max-bandwidth': BYTES_PER_SECOND })
    await monitor.execute('migrate', { uri: `unix:${socketPath}` })
    const [qemu]: Socket[] = await connected
    if (!qemu) throw new Error('QEMU did not come')
    const file = createWriteStream(path, { mode: 0o600, flush: true })
    await Promise.all([pipeline(qemu, file).catch((error) => giveUp(monitor, error)), untilSaved(monitor)])
  } finally {
    server.close()
  }
}

/** Why the file cannot be written is what counts, not that QEMU then fails as well. */
async function giveUp(monitor: QmpClient, error: unknown): Promise<never> {
  await monitor.execute('migrate_cancel', {}).catch(() => undefined) // It may have ended by itself.
  throw error
}

async function untilSaved(monitor: QmpClient): Promise<void> {
  for (;;) {
    const { status, 'error-desc': words } = await monitor.execute('query-migrate', {})
    if (status === 'completed') return
    if (status === 'failed' || status === 'cancelled') throw new PlainError(`QEMU could not save the guest's memory: ${words ?? status}`)
    await delay(LOOK_AGAIN_MS)
  }
}

/** Has a QEMU that waits for it take over what a guest had in memory. It stands still then. @throws Error when it cannot; the signal's reason */
export async function loadState(monitor: QmpClient, socketPath: string, path: string, signal: AbortSignal): Promise<void> {
  await rm(socketPath, { force: true })
  await monitor.execute('migrate-incoming', { uri: `unix:${socketPath}` })
  await pipeline(createReadStream(path, { highWaterMark: 1024 ** 2 }), connect(socketPath), { signal })
  for (;;) {
    const { status } = await monitor.execute('query-status', {})
    if (status !== 'inmigrate') return
    signal.throwIfAborted()
    await delay(LOOK_AGAIN_MS)
  }
}
