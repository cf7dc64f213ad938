import { type Static, Type } from 'typebox'
import { EngineError, messageOf } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import { hexOf, parseDigest } from '../digest.ts'
import { hostArchitecture } from '../image.ts'
import type { UnpackedArchive } from './unpack.ts'

const DockerManifest = Type.Array(
  Type.Object({
    Config: Type.String(),
    RepoTags: Type.Optional(Type.Array(Type.String())),
    Layers: Type.Optional(Type.Array(Type.String())),
  }),
)

const Descriptor = Type.Object({
  mediaType: Type.Optional(Type.String()),
  digest: Type.String(),
  platform: Type.Optional(Type.Object({ architecture: Type.String(), os: Type.String() })),
  annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
})
const OciIndex = Type.Object({ manifests: Type.Optional(Type.Array(Descriptor)) })
const OciManifest = Type.Object({ config: Descriptor, layers: Type.Array(Descriptor) })

/** One image of an archive: where its parts lie, and what it is to be called. */
export interface ArchivedImage {
  readonly config: string
  readonly layers: readonly string[]
  readonly names: readonly string[]
}

/**
 * The images of an archive: by docker's `manifest.json`, or as an OCI layout.
 * @throws EngineError `system` when it is neither, `invalid` when it is broken
 * @see OCI image-spec image-layout.md
 */
export async function archivedImages(archive: UnpackedArchive): Promise<ArchivedImage[]> {
  const docker = await archive.optionalText('manifest.json')
  if (docker !== undefined) {
    return parse(DockerManifest, docker).map(({ Config, RepoTags, Layers }) => ({ config: Config, layers: Layers ?? [], names: RepoTags ?? [] }))
  }
  const index = await archive.optionalText('index.json')
  if (index === undefined) throw new EngineError('system', 'open manifest.json: no such file or directory')
  const found: ArchivedImage[] = []
  for (const descriptor of fitting(parse(OciIndex, index).manifests ?? [])) found.push(...(await ociImages(archive, descriptor)))
  return found
}

/** Of entries for several platforms, those for this machine; attestations say `unknown/unknown`. */
function fitting(entries: readonly Static<typeof Descriptor>[]): Static<typeof Descriptor>[] {
  return entries.filter(({ platform }) => platform === undefined || (platform.os === 'linux' && platform.architecture === hostArchitecture()))
}

/** An entry of an OCI index: an image, or an index again, of which the host's platform counts. */
async function ociImages(archive: UnpackedArchive, descriptor: Static<typeof Descriptor>): Promise<ArchivedImage[]> {
  const text = await archive.text(checked(archive, descriptor))
  const nested = parse(OciIndex, text).manifests
  if (nested) {
    const [chosen] = fitting(nested)
    return chosen ? ociImages(archive, { ...chosen, annotations: descriptor.annotations }) : []
  }
  const manifest = parse(OciManifest, text)
  return [{ config: checked(archive, manifest.config), layers: manifest.layers.map((layer) => checked(archive, layer)), names: namesOf(descriptor) }]
}

/** containerd writes the full name; others a reference of their own choice, which may be no more than a tag: that names nothing. */
function namesOf({ annotations }: Static<typeof Descriptor>): string[] {
  const full = annotations?.['io.containerd.image.name']
  if (full !== undefined) return [full]
  const reference = annotations?.['org.opencontainers.image.ref.name']
  return reference !== undefined && /[:/]/.test(reference) ? [reference] : []
}

/** The path of a blob whose bytes are those of its name. @throws EngineError `system` when they are others, or not there */
function checked(archive: UnpackedArchive, { digest }: Static<typeof Descriptor>): string {
  const path = blobPath(digest)
  if (archive.file(path).digest !== digest) throw new EngineError('system', `blob verification failed for digest ${digest}`)
  return path
}

function blobPath(digest: string): string {
  return `blobs/sha256/${hexOf(parseDigest(digest))}`
}

function parse<T extends Parameters<typeof decodeObject>[0]>(schema: T, text: string): Static<T> {
  try {
    return decodeObject(schema, JSON.parse(text))
  } catch (error) {
    throw new EngineError('invalid', `invalid manifest: ${messageOf(error)}`, { cause: error })
  }
}
