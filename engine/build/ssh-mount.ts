import { chmod, chown, mkdtemp, open, rmdir } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { SshAgent } from './request.ts'
import type { SshMount } from './run-mount-flag.ts'

/**
 * Gives `use` a socket on which the client's SSH agent answers. Only what is said on it goes over: keys stay with the
 * client. It is gone, with every connection, when `use` has ended.
 */
export async function withAgentSocket<T>(scratch: string, { owner }: SshMount, agent: SshAgent, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(scratch, 'ssh-'))
  // A path of a socket has 107 bytes at most, and the data root may be anywhere.
  await using handle = await open(folder, 'r')
  const connections = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
    // Of either side: the step sees its connection end.
    connection.on('error', () => undefined)
    agent.forward(connection).catch(() => connection.destroy())
  })
  try {
    await listen(server, `/proc/self/fd/${handle.fd}/agent`)
    const path = join(folder, 'agent')
    await chown(path, owner.uid, owner.gid)
    await chmod(path, owner.mode)
    return await use(path)
  } finally {
    // It takes the socket's file with it.
    const closed = new Promise((resolve) => server.close(resolve))
    for (const connection of connections) connection.destroy()
    await closed
    await rmdir(folder)
  }
}

function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(path, resolve)
  return promise
}
