import { once } from 'node:events'
import type { Server } from 'node:net'

/** Has a server listen on a socket that only we may connect to: nobody else gets in between bind and a chmod. */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  const before = process.umask(0o177)
  try {
    server.listen(path)
    await once(server, 'listening')
  } finally {
    process.umask(before)
  }
}
