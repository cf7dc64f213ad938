import { type Duplex, duplexPair } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Begins a session on a connection, of which the client says in headers what it is.
 * @param connection takes it over
 * @throws EngineError `invalid` for an id that is taken, or none
 */
export type Enter = (header: (name: string) => string, connection: () => Duplex | Promise<Duplex>) => Promise<void>

interface Bytes {
  readonly data: Uint8Array
}

/**
 * A connection whose bytes are the messages of a call, as `buildx bake` brings a session that its targets share. It ends with the call.
 * @param begin is given the connection
 * @returns what goes back on the call
 * @see moby/buildkit, session/grpchijack
 */
export async function* carried(begin: (connection: Duplex) => Promise<void>, messages: AsyncIterable<Bytes>, signal: AbortSignal): AsyncGenerator<Bytes> {
  const [connection, far] = duplexPair()
  await begin(connection)
  const said = async function* () {
    for await (const { data } of messages) yield data
  }
  // However the call ends, the connection is all that knows of it.
  const arriving = pipeline(said, far, { signal }).catch(() => connection.destroy())
  try {
    for await (const data of far as AsyncIterable<Buffer>) yield { data: new Uint8Array(data) }
  } finally {
    connection.destroy()
    await arriving
  }
}
