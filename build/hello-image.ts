import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'

const BUSYBOX = '/bin/busybox'

/** Fixed, so that the same busybox always gives the same image id. */
const CREATED = new Date('2026-11-01T00:00:00Z')

const GREETING = `#!/bin/sh
echo "Hello from Engineroom: this line was printed inside a container."
echo "  host name $(hostname), process $$, $(busybox | head -n 1 | cut -d'(' -f1)on Linux $(uname -r)"
`

type File = Partial<Header> & { readonly name: string } & { readonly content?: string | Buffer }

/**
 * The images that ship with us, as a docker archive: `busybox:latest` (Debian's busybox-static with its applets) and
 * `engineroom/hello:latest` on the same layer. Made on the spot, so that a machine without internet runs its first
 * container.
 * @param names which of the two
 * @see Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format"
 */
export async function shippedImages(names: readonly ShippedImage[]): Promise<Buffer> {
  const base = await tar(busyboxFiles())
  const greeting = await tar([{ name: 'bin/hello', mode: 0o755, content: GREETING }])
  const images: Record<ShippedImage, { layers: Buffer[]; command: string[] }> = {
    'busybox:latest': { layers: [base], command: ['sh'] },
    'engineroom/hello:latest': { layers: [base, greeting], command: ['hello'] },
  }
  const files = new Map<string, Buffer>()
  const manifest = names.map((name) => {
    const { layers, command } = images[name]
    const config = Buffer.from(JSON.stringify(imageConfig(layers, command)))
    for (const layer of layers) files.set(`${sha256(layer)}.tar`, layer)
    files.set(`${sha256(config)}.json`, config)
    return { Config: `${sha256(config)}.json`, RepoTags: [name], Layers: layers.map((layer) => `${sha256(layer)}.tar`) }
  })
  files.set('manifest.json', Buffer.from(JSON.stringify(manifest)))
  return tar([...files].map(([name, content]) => ({ name, mode: 0o644, content })))
}

export type ShippedImage = 'busybox:latest' | 'engineroom/hello:latest'

function imageConfig(layers: readonly Buffer[], command: readonly string[]) {
  const created = CREATED.toISOString()
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: command, WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: layers.map((_, index) => ({ created, created_by: index === 0 ? 'busybox-static of Debian' : 'COPY hello /bin/hello' })),
  }
}

function busyboxFiles(): File[] {
  const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '' && name !== 'busybox')
  const folder = (name: string, mode = 0o755): File => ({ name: `${name}/`, type: 'directory', mode })
  return [
    ...['bin', 'dev', 'etc', 'home', 'proc', 'root', 'sys', 'usr', 'usr/bin', 'usr/sbin', 'var', 'var/www'].map((name) =>
      folder(name, name === 'root' ? 0o700 : 0o755),
    ),
    folder('tmp', 0o1777),
    { name: 'bin/busybox', mode: 0o755, content: readFileSync(BUSYBOX) },
    ...applets.map((name): File => ({ name: `bin/${name}`, type: 'symlink', linkname: 'busybox', mode: 0o777 })),
    { name: 'usr/bin/env', type: 'symlink', linkname: '../../bin/busybox', mode: 0o777 },
    {
      name: 'etc/passwd',
      mode: 0o644,
      content: 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
    },
    { name: 'etc/group', mode: 0o644, content: 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n' },
  ]
}

function tar(files: readonly File[]): Promise<Buffer> {
  const archive = pack()
  for (const { content, ...header } of files) archive.entry({ ...header, mtime: CREATED, uid: 0, gid: 0 }, content ?? '')
  archive.finalize()
  return buffer(archive)
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
