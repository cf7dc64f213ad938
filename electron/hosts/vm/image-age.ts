import { join } from 'node:path'
import { Type } from 'typebox'
import { readIfThere } from '../../read-if-there.ts'
import { defaultAssetsFolder } from './assets-folder.ts'
import { parseJson } from './parse-json.ts'
import { builtOfEngine } from './programs.ts'

/** As `dist/engine` says of itself, and an image of the engine in it. */
const Built = Type.Object({ time: Type.String() })
const Manifest = Type.Object({ built: Type.Optional(Built) })

/**
 * What to type for an image with this engine in it, when there is one with an older engine.
 * @param ours where our own engine says when it was built
 * @returns undefined when there is none, or nothing newer
 */
export async function hintOfOldImage(assets: string, ours = builtOfEngine()): Promise<string | undefined> {
  const own = parseJson(Built, (await readIfThere(ours)) ?? '')
  const image = parseJson(Manifest, (await readIfThere(join(assets, 'manifest.json'))) ?? '')
  // Images of before they said so are older than all that do.
  if (!own || !image || (image.built && Date.parse(image.built.time) >= Date.parse(own.time))) return undefined
  const out = assets === defaultAssetsFolder() ? '' : ` --out ${assets}`
  return `The image of this VM was made with an older engine than this one. To have this one in it: engineroom vm build${out}, then engineroom vm restart`
}
