import { EngineError } from '../errors.ts'
import { type Digest, isDigest } from './digest.ts'

/** A name of an image, taken apart once; the only place that splits on `:`, `/` and `@`. */
export interface Reference {
  /** Registry host with port, e.g. `docker.io` or `localhost:5000`. */
  readonly domain: string
  /** Path in the registry, e.g. `library/busybox`. */
  readonly path: string
  readonly tag: string | undefined
  readonly digest: Digest | undefined
}

const DEFAULT_DOMAIN = 'docker.io'
const DEFAULT_TAG = 'latest'

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/
const TAG = /^[\w][\w.-]{0,127}$/

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** What a registry calls the name of a repository: the path without the host. */
export function isRepositoryPath(text: string): boolean {
  return PATH.test(text) && text.length <= 255
}

/** A tag that stands alone. @throws EngineError `invalid` with docker's words */
export function checkTag(tag: string): void {
  if (!isTag(tag)) throw new EngineError('invalid', 'invalid tag format')
}

/**
 * @throws EngineError `invalid` with docker's words
 * @see distribution/reference grammar
 */
export function parseReference(text: string): Reference {
  if (/^[0-9a-f]{64}$/.test(text)) throw new EngineError('invalid', `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`)
  const [name, digestText] = cut(text, '@')
  if (digestText !== undefined && !isDigest(digestText)) throw malformed()
  const colon = name.lastIndexOf(':')
  const hasTag = colon > name.lastIndexOf('/')
  const repository = hasTag ? name.slice(0, colon) : name
  const tag = hasTag ? name.slice(colon + 1) : undefined
  if (tag !== undefined && !isTag(tag)) throw malformed()
  const { domain, path } = splitDomain(repository)
  if (path !== path.toLowerCase()) throw new EngineError('invalid', `invalid reference format: repository name (${path}) must be lowercase`)
  if (!isRepositoryPath(path) || !DOMAIN.test(domain)) throw malformed()
  return { domain, path, tag, digest: digestText as Digest | undefined }
}

function splitDomain(repository: string): { domain: string; path: string } {
  const slash = repository.indexOf('/')
  const first = slash < 0 ? '' : repository.slice(0, slash)
  const isDomain = first.includes('.') || first.includes(':') || first === 'localhost' || first !== first.toLowerCase()
  const domain = isDomain ? (first === 'index.docker.io' ? DEFAULT_DOMAIN : first) : DEFAULT_DOMAIN
  const path = isDomain ? repository.slice(slash + 1) : repository
  return { domain, path: domain === DEFAULT_DOMAIN && !path.includes('/') ? `library/${path}` : path }
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function malformed(): EngineError {
  return new EngineError('invalid', 'invalid reference format')
}

export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: DEFAULT_TAG } : reference
}

/** `docker.io/library/busybox` */
export function fullRepository({ domain, path }: Reference): string {
  return `${domain}/${path}`
}

/** `busybox`, `user/x`, `localhost:5000/x`: what people see. */
export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== DEFAULT_DOMAIN) return `${domain}/${path}`
  return path.startsWith('library/') && !path.slice('library/'.length).includes('/') ? path.slice('library/'.length) : path
}

/** The familiar name with tag and digest, as far as there are any. */
export function familiarName(reference: Reference): string {
  const { tag, digest } = reference
  return `${familiarRepository(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}
