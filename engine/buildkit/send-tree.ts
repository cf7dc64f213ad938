import type { Dirent } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { filePieces } from '../linux/file-pieces.ts'
import { goMode } from './go-mode.ts'
import { Outbox } from './outbox.ts'
import { PACKET, packet } from './packets.ts'
import type { Packet } from './protocol/wire_pb.ts'

/** Pieces of a file that are on their way at a time, and how large one may be: a message has a largest size. */
const MOST_WAITING = 64
const MOST_BYTES = 256 * 1024

/**
 * Sends a folder: tells of all that is in it, and then the bytes that are asked for.
 * @param open begins the call; the other side says nothing before it has heard something
 * @param epochS of which all is to be, in seconds since 1970; as it is without
 * @see tonistiigi/fsutil, the protocol of send.go and receive.go
 */
export async function sendTree(
  root: string,
  open: (outgoing: AsyncIterable<Packet>) => Promise<AsyncIterable<Packet>>,
  epochS: number | undefined,
): Promise<void> {
  const outbox = new Outbox<Packet>()
  try {
    await answering({ root, outbox, epochS }, open(outbox))
  } finally {
    outbox.end()
  }
}

interface Sending {
  readonly root: string
  readonly outbox: Outbox<Packet>
  readonly epochS: number | undefined
}

async function answering(sending: Sending, opening: Promise<AsyncIterable<Packet>>): Promise<void> {
  const { root, outbox } = sending
  const files = new Map<number, string>()
  const telling = tell(sending, '', files).then(() => outbox.put(packet({ type: PACKET.stat })))
  telling.catch(() => undefined)
  for await (const { type, id, data } of await opening) {
    if (type === PACKET.error) throw new EngineError('invalid', `error from receiver: ${Buffer.from(data).toString()}`)
    if (type === PACKET.request) {
      const path = files.get(id)
      if (path === undefined) throw new EngineError('invalid', `invalid file id ${id}`)
      await sendFile(join(root, path), id, outbox)
    }
    if (type === PACKET.end) {
      outbox.put(packet({ type: PACKET.end }))
      outbox.end()
    }
  }
  await telling
}

/**
 * Sorted by bytes, as the other side insists on.
 * @param files that may be asked for, by their number among all
 * @param first the number of the next
 * @returns that of the one after the last
 */
async function tell(sending: Sending, folder: string, files: Map<number, string>, first = 0): Promise<number> {
  const { root, outbox, epochS } = sending
  let number = first
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  for (const entry of entries.sort(byBytes)) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    const { mode, uid, gid, size, mtimeNs, rdev } = await lstat(join(root, path), { bigint: true })
    const isDevice = entry.isBlockDevice() || entry.isCharacterDevice()
    const stat = {
      path,
      mode: goMode(Number(mode)),
      uid: Number(uid),
      gid: Number(gid),
      size: entry.isFile() ? size : 0n,
      modTime: epochS === undefined ? mtimeNs : BigInt(epochS) * 1_000_000_000n,
      linkname: entry.isSymbolicLink() ? await readlink(join(root, path)) : '',
      ...(isDevice && { devmajor: (rdev >> 8n) & 0xfffn, devminor: (rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n) }),
    }
    if (entry.isFile()) files.set(number, path)
    number++
    outbox.put(packet({ type: PACKET.stat, stat }))
    if (entry.isDirectory()) number = await tell(sending, path, files, number)
  }
  return number
}

function byBytes(one: Dirent, other: Dirent): number {
  return Buffer.compare(Buffer.from(one.name), Buffer.from(other.name))
}

async function sendFile(path: string, id: number, outbox: Outbox<Packet>): Promise<void> {
  const { size } = await lstat(path)
  for await (const piece of filePieces(path, size)) {
    for (let at = 0; at < piece.length; at += MOST_BYTES) {
      outbox.put(packet({ type: PACKET.data, id, data: new Uint8Array(piece.subarray(at, at + MOST_BYTES)) }))
    }
    await outbox.below(MOST_WAITING)
  }
  outbox.put(packet({ type: PACKET.data, id }))
}
