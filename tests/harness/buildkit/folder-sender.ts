import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { ignorePatterns } from '../../../engine/build/ignore-patterns.ts'
import { type Packet, PacketSchema, type StatSchema } from '../../../engine/buildkit/protocol/wire_pb.ts'

const GO_FOLDER = 2 ** 31
const GO_LINK = 2 ** 27
const GO_BITS = [[0o4000, 2 ** 23], [0o2000, 2 ** 22], [0o1000, 2 ** 20]] as const // biome-ignore format: pairs

export type StatInit = MessageInitShape<typeof StatSchema>

/** What the engine asked of a folder. */
export interface Wish {
  readonly followPaths: readonly string[]
  readonly excludes: readonly string[]
}

/** The engine's wish, as it stands in the metadata of its call. */
export function wishOf(headers: Headers): Wish {
  const all = (name: string) =>
    (headers.get(name) ?? '')
      .split(/,\s*/)
      .filter((text) => text !== '')
      .map(decodeURIComponent)
  return { followPaths: all('followpaths'), excludes: all('exclude-patterns') }
}

/** What a client tells of a folder: everything in it that is wanted, sorted, folders first. */
export async function statsOf(root: string, { followPaths, excludes }: Wish, folder = '', inodes = new Map<number, string>()): Promise<StatInit[]> {
  const isIgnored = ignorePatterns(excludes.join('\n'))
  const found: StatInit[] = []
  for (const name of (await readdir(join(root, folder))).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`
    const stat = await lstat(join(root, path), { bigint: true })
    const below = stat.isDirectory() ? await statsOf(root, { followPaths, excludes }, path, inodes) : []
    const isWanted = !isIgnored(path) && (followPaths.length === 0 || followPaths.includes(path))
    if (!isWanted && below.length === 0) continue
    const kind = stat.isDirectory() ? GO_FOLDER : stat.isSymbolicLink() ? GO_LINK : 0
    const bits = GO_BITS.reduce((sum, [kernel, go]) => sum + (Number(stat.mode) & kernel ? go : 0), 0)
    const first = stat.isFile() ? inodes.get(Number(stat.ino)) : undefined
    if (stat.isFile() && !first) inodes.set(Number(stat.ino), path)
    found.push({
      path,
      mode: kind + bits + (Number(stat.mode) & 0o777),
      size: stat.isFile() ? stat.size : 0n,
      modTime: stat.mtimeNs,
      linkname: stat.isSymbolicLink() ? await readlink(join(root, path)) : (first ?? ''),
    })
    found.push(...below)
  }
  return found
}

/** One side of the transfer of a folder. @param onData told of each file whose bytes were asked for */
export async function* send(root: string, stats: readonly StatInit[], incoming: AsyncIterable<Packet>, onData: (path: string) => void): AsyncGenerator<Packet> {
  const packet = (init: MessageInitShape<typeof PacketSchema>) => create(PacketSchema, init)
  for (const stat of stats) yield packet({ type: 0, stat })
  yield packet({ type: 0 })
  for await (const { type, id } of incoming) {
    if (type === 3) return yield packet({ type: 3 })
    const path = stats[id]?.path ?? ''
    onData(path)
    const bytes = await readFile(join(root, path))
    for (let at = 0; at < bytes.length; at += 32768) yield packet({ type: 2, id, data: new Uint8Array(bytes.subarray(at, at + 32768)) })
    yield packet({ type: 2, id })
  }
}
