import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { codeOf, messageOf } from '../../errors.ts'
import { sizeIfThere } from '../../size-if-there.ts'
import { PlainError } from '../plain-error.ts'
import { digestOf } from './file-digest.ts'

const AssetFile = Type.Object({ name: Type.String({ pattern: '^[A-Za-z0-9._-]+$' }), sizeBytes: Type.Integer(), sha256: Type.String() })

/** What `vm build` writes beside the files. */
const Manifest = Type.Object({
  format: Type.Literal(1),
  arch: Type.Union([Type.Literal('x86_64'), Type.Literal('arm64')]),
  commandLine: Type.String(),
  files: Type.Object({ kernel: AssetFile, initrd: AssetFile, root: AssetFile }),
})
type Manifest = Static<typeof Manifest>

export type Architecture = Manifest['arch']

/** What a guest boots from: paths on the host. */
export interface BootAssets {
  readonly arch: Architecture
  readonly kernel: string
  readonly initrd: string
  readonly root: string
  /** For the kernel. */
  readonly commandLine: string
}

const REMEDY = 'Make it with ./engineroom vm build, or name its folder with --assets.'

/**
 * Reads what a guest boots from.
 * @param check `sizes` is a look at each start; `digests` reads every byte
 * @throws PlainError when something is missing or not as it was built
 */
export async function readAssets(folder: string, check: 'sizes' | 'digests' = 'sizes'): Promise<BootAssets> {
  const { arch, commandLine, files } = await readManifest(join(folder, 'manifest.json'))
  for (const { name, sizeBytes, sha256 } of Object.values(files)) {
    const path = join(folder, name)
    const actual = await sizeIfThere(path)
    if (actual === undefined) throw new PlainError(`The image of the VM is incomplete: ${path} does not exist.`, REMEDY)
    if (actual !== sizeBytes) throw new PlainError(`${path} is damaged: it has ${actual} bytes instead of ${sizeBytes}.`, REMEDY)
    if (check === 'digests' && (await digestOf(path)) !== sha256) throw new PlainError(`${path} is damaged: its digest is not that of the build.`, REMEDY)
  }
  const place = (file: { readonly name: string }) => join(folder, file.name)
  return { arch, commandLine, kernel: place(files.kernel), initrd: place(files.initrd), root: place(files.root) }
}

async function readManifest(path: string): Promise<Manifest> {
  let manifest: unknown
  try {
    manifest = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new PlainError(`There is no image of the VM: ${path} does not exist.`, REMEDY)
    throw new PlainError(`${path} cannot be read: ${messageOf(error)}.`, REMEDY)
  }
  if (!Check(Manifest, manifest)) throw new PlainError(`${path} is not what this version can boot.`, REMEDY)
  return manifest
}
