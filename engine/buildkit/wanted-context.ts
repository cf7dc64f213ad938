import { type GitRepository, parseGitUrl } from '../build/git-url.ts'
import { refusePlatform } from '../build/stage-runs.ts'
import { EngineError } from '../errors.ts'
import { parseReference } from '../images/reference.ts'
import type { StoredImage } from './stored-image.ts'

/** What stands for a name in a Dockerfile. @see docker build, "--build-context" */
export type WantedContext =
  | { readonly kind: 'image'; readonly reference: string }
  /** Of the client's. */
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'git'; readonly address: string; readonly repository: GitRepository }
  /** A file, which is called `context` then. */
  | { readonly kind: 'web'; readonly address: string }
  | ({ readonly kind: 'layout' } & StoredImage)
  /** What another target of a bake has made. */
  | { readonly kind: 'linked'; readonly imageId: string }

/**
 * @param key with or without the platform that it is for
 * @param linked images of other targets, by the client's names for them
 * @throws EngineError `invalid` with BuildKit's words
 * @see moby/buildkit, frontend/dockerui/namedcontext.go
 */
export function wantedContext(key: string, value: string, linked: Readonly<Record<string, string>>): [name: string, WantedContext] {
  const [name = '', platform = ''] = key.split('::')
  refusePlatform(platform)
  const [, scheme, rest = ''] = /^([^:]+):(?:\/\/)?(.*)$/.exec(value) ?? []
  if (scheme === undefined) throw new EngineError('invalid', `invalid context specifier ${value} for ${name}`)
  const repository = parseGitUrl(value)
  if (repository) return [name, { kind: 'git', address: value, repository }]
  switch (scheme) {
    case 'local':
      return [name, { kind: 'folder', folder: rest }]
    case 'docker-image':
      return [name, { kind: 'image', reference: rest }]
    case 'http':
    case 'https':
      return [name, { kind: 'web', address: value }]
    case 'oci-layout':
      return [name, { kind: 'layout', ...storedImage(rest) }]
    case 'input':
      return [name, { kind: 'linked', imageId: linkedImage(name, rest, linked) }]
    default:
      throw new EngineError('invalid', `unsupported context source ${scheme} for ${name}`)
  }
}

function linkedImage(name: string, input: string, linked: Readonly<Record<string, string>>): string {
  const imageId = linked[input]
  if (imageId === undefined) throw new EngineError('invalid', `invalid input ${input} for ${name}`)
  return imageId
}

/** `NAME:TAG@DIGEST`; the client has looked the tag up. */
function storedImage(text: string): StoredImage {
  const { digest } = parseReference(text)
  if (digest === undefined) throw new EngineError('invalid', `oci-layout reference ${JSON.stringify(text)} has no digest`)
  return { layout: text.replace(/@.*$/, '').replace(/:[^/:]*$/, ''), digest }
}
