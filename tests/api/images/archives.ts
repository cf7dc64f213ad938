import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'

/** A file of a layer or an archive: its path and its content, or a header for what is no plain file. */
export type TarFile = readonly [name: string, content: string | Buffer] | ((Partial<Header> & Pick<Header, 'name'>) & { readonly content?: string | Buffer })

export function tar(files: readonly TarFile[]): Promise<Buffer> {
  const archive = pack()
  for (const file of files) {
    const { content, ...header } = 'name' in file ? file : { name: file[0], mode: 0o644, content: file[1] }
    archive.entry({ mtime: new Date(0), ...header }, content ?? '')
  }
  archive.finalize()
  return buffer(archive)
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

/** What an image is made of, before it is put into one archive form or another. */
export interface Recipe {
  /** Plain tars, lowest first. */
  readonly layers: readonly Buffer[]
  readonly config?: Readonly<Record<string, unknown>>
}

export function configFile({ layers, config = {} }: Recipe): Buffer {
  return Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: '2024-05-01T10:00:00.5Z',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
      history: layers.map((_, i) => ({ created: '2024-05-01T10:00:00Z', created_by: `layer ${i}` })),
    }),
  )
}

/**
 * The archive that `docker save` of 2014 to 2023 made, each layer as it is given here.
 * @param packed the layers as they lie in the archive, when not plain
 */
export function dockerArchive(recipe: Recipe, tags: readonly string[], packed: readonly Buffer[] = recipe.layers): Promise<Buffer> {
  const config = configFile(recipe)
  const manifest = [{ Config: `${sha256(config)}.json`, RepoTags: tags, Layers: packed.map((_, i) => `${i}/layer.tar`) }]
  return tar([[`${sha256(config)}.json`, config], ...packed.map((layer, i): TarFile => [`${i}/layer.tar`, layer]), ['manifest.json', JSON.stringify(manifest)]])
}

/** An OCI image layout, as buildah, skopeo and buildx write it. @see OCI image-spec image-layout.md */
export function ociArchive(recipe: Recipe, annotations: Readonly<Record<string, string>>): Promise<Buffer> {
  const config = configFile(recipe)
  const describe = (mediaType: string, data: Buffer) => ({ mediaType, digest: `sha256:${sha256(data)}`, size: data.length })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: describe('application/vnd.oci.image.config.v1+json', config),
      layers: recipe.layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  )
  const index = { schemaVersion: 2, manifests: [{ ...describe('application/vnd.oci.image.manifest.v1+json', manifest), annotations }] }
  return tar([
    ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
    ['index.json', JSON.stringify(index)],
    ...[config, manifest, ...recipe.layers].map((data): TarFile => [`blobs/sha256/${sha256(data)}`, data]),
  ])
}
