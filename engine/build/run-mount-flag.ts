import { posix } from 'node:path'
import { goBoolean, goInteger } from '../json/go-values.ts'
import { binarySize } from '../json/human-size.ts'

/** What `RUN --mount` asks for, its variables replaced. @see Dockerfile reference, "RUN --mount" */
export type RunMount =
  | { readonly type: 'bind'; readonly target: string; readonly source: string; readonly from: string | undefined; readonly isReadOnly: boolean }
  | CacheMount
  | { readonly type: 'tmpfs'; readonly target: string; readonly sizeBytes: number | undefined }
  | SecretMount
  | SshMount

/** What the client hands over for the time of the step, as a file or in a variable, or both. */
export interface SecretMount {
  readonly type: 'secret'
  /** Undefined when it is wanted in a variable alone. */
  readonly target: string | undefined
  readonly id: string
  readonly isRequired: boolean
  readonly owner: { readonly uid: number; readonly gid: number; readonly mode: number }
  /** The variable that it is wanted in, if any. */
  readonly variable: string | undefined
}

/** A socket that leads to the client's SSH agent. */
export interface SshMount {
  readonly type: 'ssh'
  readonly id: string
  /** Undefined for one that is made up. */
  readonly target: string | undefined
  readonly isRequired: boolean
  readonly owner: { readonly uid: number; readonly gid: number; readonly mode: number }
}

/** A folder that outlives the build. */
export interface CacheMount {
  readonly type: 'cache'
  readonly target: string
  /** Builds that name the same one share it. */
  readonly id: string
  readonly isReadOnly: boolean
  /** Whether several steps may use it at once. */
  readonly isShared: boolean
  /** Of a folder that is made for it. */
  readonly owner: { readonly uid: number; readonly gid: number; readonly mode: number }
  /** What a new one begins with: a stage or an image, and the path in it; it is empty without. */
  readonly seed: { readonly from: string; readonly source: string } | undefined
}

const KEYS: Readonly<Record<RunMount['type'], readonly string[]>> = {
  bind: ['target', 'source', 'from', 'readonly', 'readwrite'],
  cache: ['target', 'id', 'from', 'source', 'readonly', 'readwrite', 'sharing', 'uid', 'gid', 'mode'],
  tmpfs: ['target', 'size'],
  secret: ['target', 'source', 'id', 'required', 'uid', 'gid', 'mode', 'env'],
  ssh: ['target', 'id', 'required', 'uid', 'gid', 'mode'],
}

const ALIASES: Readonly<Record<string, string>> = { dst: 'target', destination: 'target', src: 'source', ro: 'readonly', rw: 'readwrite' }

/**
 * Reads the value of one `--mount`.
 * @param workingDir what a relative target is relative to
 * @throws Error that names the key which is wrong
 */
export function parseRunMount(text: string, workingDir: string): RunMount {
  const fields = new Map<string, string>()
  for (const part of text.split(',')) {
    const [key = '', ...value] = part.split('=')
    const name = key.toLowerCase()
    fields.set(ALIASES[name] ?? name, value.length === 0 ? 'true' : value.join('='))
  }
  const type = fields.get('type') ?? 'bind'
  fields.delete('type')
  if (!isMountType(type)) throw new Error(`unsupported mount type ${JSON.stringify(type)}`)
  const unknown = [...fields.keys()].find((key) => !KEYS[type].includes(key))
  if (unknown !== undefined) throw new Error(`--mount=type=${type} with ${JSON.stringify(unknown)} is not supported by this builder`)
  return built(type, fields, workingDir)
}

function isMountType(text: string): text is RunMount['type'] {
  return Object.hasOwn(KEYS, text)
}

function built(type: RunMount['type'], fields: ReadonlyMap<string, string>, workingDir: string): RunMount {
  if (type === 'secret') {
    const id = fields.get('source') ?? fields.get('id') ?? posix.basename(fields.get('target') ?? '')
    if (id === '') throw new Error('invalid secret mount. one of source, target required')
    const variable = fields.get('env')
    const target = fields.get('target') ?? (variable === undefined ? `/run/secrets/${posix.basename(id)}` : undefined)
    return { type, target: target && absolute(target, workingDir), id, isRequired: flag(fields, 'required'), owner: ownerOf(fields, '0400'), variable }
  }
  if (type === 'ssh') {
    const target = fields.get('target')
    return {
      type,
      id: fields.get('id') || 'default',
      target: target && absolute(target, workingDir),
      isRequired: flag(fields, 'required'),
      owner: ownerOf(fields, '0600'),
    }
  }
  const given = fields.get('target') ?? ''
  if (given === '') throw new Error(`--mount=type=${type} needs a target`)
  const target = absolute(given, workingDir)
  switch (type) {
    case 'bind':
      return { type, target, source: fields.get('source') ?? '/', from: fields.get('from'), isReadOnly: isReadOnly(fields, true) }
    case 'tmpfs':
      return { type, target, sizeBytes: fields.has('size') ? binarySize(fields.get('size') ?? '') : undefined }
    case 'cache': {
      const sharing = fields.get('sharing') ?? 'shared'
      if (!['shared', 'locked', 'private'].includes(sharing)) throw new Error(`unsupported sharing value ${JSON.stringify(sharing)}`)
      const owner = ownerOf(fields, '0755')
      const from = fields.get('from')
      if (from === undefined && fields.has('source')) throw new Error('--mount=type=cache with "source" needs "from"')
      const seed = from === undefined ? undefined : { from, source: fields.get('source') ?? '/' }
      return { type, target, id: fields.get('id') ?? target, isReadOnly: isReadOnly(fields, false), isShared: sharing === 'shared', owner, seed }
    }
  }
}

function absolute(path: string, workingDir: string): string {
  return path.startsWith('/') ? path : `${workingDir.replace(/\/$/, '')}/${path}`
}

function ownerOf(fields: ReadonlyMap<string, string>, mode: string): CacheMount['owner'] {
  const owner = { uid: count(fields, 'uid', 0), gid: count(fields, 'gid', 0), mode: Number.parseInt(fields.get('mode') ?? mode, 8) }
  if (Number.isNaN(owner.mode)) throw new Error(`invalid value ${JSON.stringify(fields.get('mode'))} for mode`)
  return owner
}

function isReadOnly(fields: ReadonlyMap<string, string>, byDefault: boolean): boolean {
  if (fields.has('readonly')) return flag(fields, 'readonly')
  return fields.has('readwrite') ? !flag(fields, 'readwrite') : byDefault
}

function flag(fields: ReadonlyMap<string, string>, key: string): boolean {
  const text = fields.get(key) ?? 'false'
  const value = goBoolean(text)
  if (value === undefined) throw new Error(`invalid value ${JSON.stringify(text)} for ${key}`)
  return value
}

function count(fields: ReadonlyMap<string, string>, key: string, fallback: number): number {
  const text = fields.get(key)
  return text === undefined ? fallback : goInteger(text)
}
