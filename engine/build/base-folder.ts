import { contentDigest } from './content-digest.ts'
import { copyIntoLayer } from './copy.ts'
import type { StageBuilder } from './stage-builder.ts'

/**
 * Has a stage begin with the files of a folder, where FROM names one (`--build-context`): they are the only layer, and nothing is configured.
 * All of it is root's, as it is of a context.
 */
export async function beginWithFolder(stage: StageBuilder, folder: string): Promise<void> {
  const sources = [{ path: folder, name: '', isFolder: true, isRemote: false }]
  const digest = await contentDigest(sources, { countsOwners: false, known: undefined })
  await stage.makeLayer(`FROM ${digest}`, stage.config, (layer) =>
    copyIntoLayer(layer, sources, {
      verb: 'COPY',
      target: '/',
      owner: undefined,
      keepsOwners: false,
      mode: undefined,
      unpacks: undefined,
      excludes: [],
      areKept: true,
    }),
  )
}
