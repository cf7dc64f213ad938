import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Pack, pack } from 'tar-stream'
import { VERSION } from '../../daemon/version.ts'
import { CliCommand } from '../command/command.ts'
import type { Session } from '../session.ts'
import { showProgress } from '../streams/progress.ts'
import { type Layer, measureLayer, writeLayer } from './image-layer.ts'
import { nodeFiles, programFiles } from './program-files.ts'

export interface ImageOptions {
  readonly tag?: string
}

/** `engineroom registry image` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'registry image', usage: '[OPTIONS]', summary: 'Build an image of the registry, to run it in a container' })
    .flag('-t, --tag <string>', 'Name of the image (default "registry:2")')
    .perform<ImageOptions>((_, options) => buildImage(session, options))
}

/** Node, the libraries that it runs with on this machine, and this program: nothing has to be downloaded. */
export async function buildImage({ client, output }: Session, { tag = 'registry:2' }: ImageOptions): Promise<void> {
  const layers = [await measureLayer(await nodeFiles()), await measureLayer(await programFiles())]
  const archive = pack()
  const progress = client.stream('POST', '/images/load', {
    query: { quiet: 1 },
    upload: Readable.from(archive),
    headers: { 'Content-Type': 'application/x-tar' },
  })
  const [answer] = await Promise.all([progress, writeArchive(archive, layers, tag)])
  await showProgress(answer, output)
}

/** @see Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format" */
async function writeArchive(archive: Pack, layers: readonly Layer[], tag: string): Promise<void> {
  for (const layer of layers) {
    const entry = archive.entry({ name: `${layer.hex}.tar`, size: layer.sizeBytes })
    await pipeline(writeLayer(layer.files), entry)
  }
  const manifest = [{ Config: 'config.json', RepoTags: [tag], Layers: layers.map(({ hex }) => `${hex}.tar`) }]
  archive.entry({ name: 'config.json' }, JSON.stringify(imageConfig(layers)))
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest))
  archive.finalize()
}

/** What follows the image's name in `docker run` are flags of `engineroom registry serve`. */
function imageConfig(layers: readonly Layer[]) {
  const created = VERSION.buildTime
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created,
    config: {
      Entrypoint: ['/usr/bin/node', '--max-semi-space-size=1', '--initial-old-space-size=64', '--', '/registry/main.mjs', 'registry', 'serve'],
      Env: ['PATH=/usr/bin:/bin'],
      ExposedPorts: { '5000/tcp': {} },
      Volumes: { '/var/lib/registry': {} },
      WorkingDir: '/',
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ hex }) => `sha256:${hex}`) },
    history: layers.map((_, index) => ({ created, created_by: index === 0 ? 'Node and its libraries' : 'Engineroom registry' })),
  }
}
