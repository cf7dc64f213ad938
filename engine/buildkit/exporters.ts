import { EngineError } from '../errors.ts'
import type { Export, Exporter } from './export.ts'
import { archiveExporter } from './export-archive.ts'
import { filesExporter } from './export-files.ts'
import { imageExporter } from './export-image.ts'
import type { BuildKitParts } from './parts.ts'

/**
 * What takes the result to where it was asked to go.
 * @param index its place among those of the build, by which the client knows it
 * @throws EngineError for what cannot be, before anything is built
 */
export function exporterOf(parts: BuildKitParts, wanted: Export, index: number): Exporter {
  const { images } = parts.builder.containers
  switch (wanted.type) {
    case 'moby':
    case 'image':
      return imageExporter(images, wanted)
    case 'docker':
    case 'oci':
      return archiveExporter(images, wanted, index)
    case 'local':
    case 'tar':
      return filesExporter(parts, wanted, index)
    default:
      throw new EngineError(
        'not-implemented',
        `the output ${JSON.stringify(wanted.type)} is not implemented by this engine: it has image, docker, oci, local and tar`,
      )
  }
}
