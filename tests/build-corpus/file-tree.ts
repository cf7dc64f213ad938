import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { extract } from 'tar-stream'

/** What every container gets of its engine: not the image's. */
const ENGINE_MADE = /^(\.dockerenv|dev(\/(console|pts|shm))?|etc\/(hosts|hostname|resolv\.conf|mtab)|proc|sys)$/

/**
 * What is in an exported container, one line a file: path, kind, mode, owner, size, digest or target, attributes.
 * Sorted; names of one hard-linked file are told on one line each, with the first of them.
 */
export async function fileTree(archive: Readable): Promise<string[]> {
  const found = new Map<string, { readonly facts: string; readonly links: string[] }>()
  const unpacked = archive.pipe(extract())
  for await (const entry of unpacked) {
    const { name, type, mode = 0, uid = 0, gid = 0, linkname, devmajor, devminor, pax } = entry.header
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      hash.update(chunk)
      size += chunk.length
    }
    const path = tidy(name)
    if (path === '' || ENGINE_MADE.test(path)) continue
    const first = type === 'link' ? found.get(tidy(linkname ?? '')) : undefined
    if (first) {
      first.links.push(path)
      found.set(path, first)
      continue
    }
    const content = type === 'file' ? `${size} ${hash.digest('hex').slice(0, 12)}` : type === 'symlink' ? `→ ${linkname}` : ''
    const device = type === 'character-device' || type === 'block-device' ? `${devmajor}:${devminor}` : ''
    const attributes = Object.entries(pax ?? {}).flatMap(([key, value]) => (key.startsWith('SCHILY.xattr.') ? [`${key.slice(13)}=${hex(value)}`] : []))
    const permissions = type === 'symlink' ? '' : (mode & 0o7777).toString(8)
    found.set(path, { facts: [type, permissions, `${uid}:${gid}`, content, device, ...attributes].filter((word) => word !== '').join(' '), links: [path] })
  }
  return [...found].map(([path, { facts, links }]) => `/${path} ${facts}${links.length > 1 ? ` = /${[...links].sort()[0]}` : ''}`).sort()
}

function tidy(name: string): string {
  return name.replace(/^(\.\/|\/)+/, '').replace(/\/$/, '')
}

function hex(value: unknown): string {
  return Buffer.from(String(value)).toString('hex')
}
