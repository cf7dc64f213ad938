import { EngineError } from '../errors.ts'
import type { Image } from '../images/image.ts'
import { exportFolder, exportTar } from './export-files.ts'
import { type Export, exportImage, imageNames } from './export-image.ts'
import type { BuildKitParts } from './parts.ts'
import type { Solving } from './solve-dockerfile.ts'

export type { Export } from './export-image.ts'

/** Brings a result to its place. @returns what the client is told of it */
export type Exporter = (image: Image, solving: Solving) => Promise<Record<string, string>>

/**
 * What takes the result to where it was asked to go.
 * @param index its place among those of the build, by which the client knows it
 * @throws EngineError for what cannot be, before anything is built
 */
export function exporterOf(parts: BuildKitParts, wanted: Export, index: number): Exporter {
  switch (wanted.type) {
    case 'moby':
    case 'image': {
      const names = imageNames(wanted)
      return async (image, { status }) => exportImage(parts.builder.containers.images, image, names, status)
    }
    case 'local':
      refuseOptions(wanted)
      return (image, solving) => exportFolder(parts, image, index, solving).then(() => ({}))
    case 'tar':
      refuseOptions(wanted)
      return (image, solving) => exportTar(parts, image, index, solving).then(() => ({}))
    default:
      throw new EngineError('not-implemented', `the output ${JSON.stringify(wanted.type)} is not implemented by this engine: it has image, local and tar`)
  }
}

function refuseOptions({ type, attributes }: Export): void {
  const [option] = Object.keys(attributes)
  if (option !== undefined) throw new EngineError('not-implemented', `the option ${option} of the output ${type} is not implemented by this engine`)
}
