import type { LayerRow } from '../state/images.ts'

/** How the bytes of a layer lie in a blob. */
export type LayerPacking = 'plain' | 'gzip' | 'zstd'

/** What a manifest calls itself and its parts. */
export type MediaTypes = Readonly<Record<'manifest' | 'config' | LayerPacking, string>>

/** Docker's own types, which every registry takes; only zstd has a name in OCI's alone. */
export const DOCKER_TYPES: MediaTypes = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  plain: 'application/vnd.docker.image.rootfs.diff.tar',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
}

export const OCI_TYPES: MediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  plain: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: DOCKER_TYPES.zstd,
}

/** A layer, and the blob that it is in. */
export type StoredLayer = Pick<LayerRow, 'diffId' | 'blob' | 'mediaType'>

export function packingOf({ blob, diffId, mediaType }: StoredLayer): LayerPacking {
  if (blob === diffId) return 'plain'
  return mediaType.endsWith('zstd') ? 'zstd' : 'gzip'
}
