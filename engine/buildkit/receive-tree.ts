import { createClient } from '@connectrpc/connect'
import { EngineError } from '../errors.ts'
import { Outbox } from './outbox.ts'
import { PACKET, packet } from './packets.ts'
import { FileSync } from './protocol/filesync_pb.ts'
import type { Packet } from './protocol/wire_pb.ts'
import type { ClientSession } from './session.ts'
import { type TreeEntry, TreeReader } from './tree-entry.ts'

/** Which of the client's folders, and what of it. */
export interface LocalFiles {
  /** As the client calls it: `context`, `dockerfile`. */
  readonly name: string
  /** Only these, and what symbolic links on the way to them lead to; everything without. */
  readonly followPaths?: readonly string[]
  /** As they stand in a .dockerignore. */
  readonly excludes?: readonly string[]
}

/** Where a tree goes. */
export interface TreePlace {
  /** Told of every entry at once. @returns those whose bytes are wanted */
  prepare(entries: readonly TreeEntry[]): Promise<readonly TreeEntry[]>
  /** Bytes of one, in order. */
  bytes(entry: TreeEntry, data: Uint8Array): Promise<void>
  /** It has all of its bytes. */
  ended(entry: TreeEntry): Promise<void>
}

/**
 * Fetches a folder of the client's: it tells of all that is there, we ask for the bytes that we do not have.
 * @param onBytes how much has come so far
 * @throws EngineError `invalid` for what cannot be a tree; ConnectError when the client goes
 * @see tonistiigi/fsutil, the protocol of send.go and receive.go
 */
export async function receiveTree(
  session: ClientSession,
  files: LocalFiles,
  place: TreePlace,
  onBytes: (total: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!session.offers('/moby.filesync.v1.FileSync/DiffCopy')) throw new EngineError('invalid', 'no local sources enabled')
  const outbox = new Outbox<Packet>()
  const say = (type: number, id = 0) => outbox.put(packet({ type, id }))
  const entries: TreeEntry[] = []
  const reader = new TreeReader()
  const missing = new Map<number, TreeEntry>()
  let total = 0
  const endIfComplete = () => missing.size === 0 && say(PACKET.end)
  try {
    for await (const { type, stat, id, data } of createClient(FileSync, session.transport).diffCopy(outbox, { headers: headersOf(files), signal })) {
      switch (type) {
        case PACKET.stat:
          total += stat?.path.length ?? 0
          if (stat) {
            entries.push(reader.read(stat))
            break
          }
          for (const entry of await place.prepare(entries)) {
            missing.set(entry.id, entry)
            say(PACKET.request, entry.id)
          }
          endIfComplete()
          break
        case PACKET.data: {
          const entry = missing.get(id)
          if (!entry) throw new EngineError('invalid', `the client sent bytes of a file that nobody asked for (${id})`)
          total += data.length
          if (data.length > 0) await place.bytes(entry, data)
          else {
            await place.ended(entry)
            missing.delete(id)
            endIfComplete()
          }
          break
        }
        case PACKET.end:
          outbox.end()
          break
        case PACKET.error:
          throw new EngineError('invalid', `error from sender: ${Buffer.from(data).toString()}`)
      }
      onBytes(total)
    }
    if (missing.size > 0) throw new EngineError('invalid', 'the client stopped before it had sent the build context')
  } finally {
    outbox.end()
  }
}

/** Each value is written so that no comma is left in it: several of a name go as one line here, and are set apart where they leave. */
function headersOf({ name, followPaths, excludes }: LocalFiles): Headers {
  const headers = new Headers({ 'dir-name': name })
  for (const [key, values] of [
    ['followpaths', followPaths],
    ['exclude-patterns', excludes],
  ] as const) {
    if (!values || values.length === 0) continue
    for (const value of values) headers.append(key, encodeURIComponent(value))
    headers.set(`${key}-encoded`, '1')
  }
  return headers
}

/** Metadata of which there may be several. */
export const REPEATED_METADATA: readonly string[] = ['followpaths', 'exclude-patterns']
