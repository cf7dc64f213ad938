import { refusePlatform } from '../build/stage-runs.ts'
import type { HostConfig } from '../containers/config.ts'
import { EngineError } from '../errors.ts'
import { goBoolean, goInteger } from '../json/go-values.ts'
import { type CacheImport, cacheImports } from './cache-import.ts'
import { epochOf } from './source-date-epoch.ts'
import { type WantedContext, wantedContext } from './wanted-context.ts'

export const FRONTEND = 'dockerfile.v0'

/** What a build of a Dockerfile was asked for, whoever puts the parts together. */
export interface DockerfileRequest {
  readonly filename: string
  /** What it builds: an address, an upload; the client's folder of that name without. */
  readonly remote: string | undefined
  /** The Dockerfile comes from the client, whatever the context is. */
  readonly hasOwnDockerfile: boolean
  /** Whether `.git` is part of a context that is a repository. */
  readonly keepsHistory: boolean
  readonly target: string
  readonly buildArgs: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly usesCache: boolean
  /** Of `--no-cache-filter`. */
  readonly uncachedStages: readonly string[]
  /** Of `--build-context`, by name. */
  readonly contexts: Readonly<Record<string, WantedContext>>
  readonly pulls: boolean
  /** When the result is to have been made, in seconds since 1970. */
  readonly epochS: number | undefined
  readonly hostConfig: HostConfig
  /** Where else the cache may look. */
  readonly cacheImports: readonly CacheImport[]
}

/** A build argument that says when the result is to have been made. */
const SOURCE_DATE_EPOCH = 'SOURCE_DATE_EPOCH'

/** Said by clients for records that nobody keeps here, or for frontends that are programs of their own. */
const MEANS_NOTHING = /^(vcs:|frontend\.caps$|source$|cmdline$|local-sessionid:|shared-sessionid$)/

/** A build argument that goes before what the Dockerfile says of its checks. */
export const CHECK_ARGUMENT = 'BUILDKIT_DOCKERFILE_CHECK'

const KEEP_GIT_DIR = 'BUILDKIT_CONTEXT_KEEP_GIT_DIR'

/** Build arguments that the engine reads itself. What inline caches are for is in every image. */
export const FOR_THE_ENGINE: readonly string[] = [SOURCE_DATE_EPOCH, CHECK_ARGUMENT, KEEP_GIT_DIR, 'BUILDKIT_INLINE_CACHE', 'BUILDKIT_MULTI_PLATFORM']

/**
 * Reads the options of the frontend `dockerfile.v0`.
 * @param linked images of other results, by the names that the options have for them
 * @throws EngineError `not-implemented` for one that is not honoured, by its name
 * @see moby/buildkit, frontend/dockerui
 */
export function dockerfileRequest(options: Readonly<Record<string, string>>, linked: Readonly<Record<string, string>> = {}): DockerfileRequest {
  const left = new Map(Object.entries(options))
  const take = (name: string) => {
    const value = left.get(name)
    left.delete(name)
    return value
  }
  const all = (prefix: string) =>
    Object.fromEntries([...left.keys()].filter((key) => key.startsWith(prefix)).map((key) => [key.slice(prefix.length), take(key) ?? '']))
  refuseRequest(take('requestid'))
  refusePlatform(onePlatform(take('platform') ?? ''))
  const hostConfig = hostConfigOf(take)
  const noCache = take('no-cache')
  const buildArgs = all('build-arg:')
  if (goBoolean(buildArgs.BUILDKIT_MULTI_PLATFORM ?? 'false')) throw refused('the build argument BUILDKIT_MULTI_PLATFORM')
  if (goBoolean(take('multi-platform') ?? 'false')) throw refused('a build for several platforms')
  const request: DockerfileRequest = {
    filename: take('filename') ?? 'Dockerfile',
    remote: take('context'),
    hasOwnDockerfile: take('dockerfilekey') !== undefined,
    keepsHistory: goBoolean(buildArgs[KEEP_GIT_DIR] ?? 'false') ?? false,
    target: take('target') ?? '',
    buildArgs,
    labels: all('label:'),
    usesCache: noCache !== '',
    uncachedStages: list(noCache),
    contexts: Object.fromEntries(Object.entries(all('context:')).map(([key, value]) => wantedContext(key, value, linked))),
    pulls: take('image-resolve-mode') === 'pull',
    epochS: epochOf(buildArgs[SOURCE_DATE_EPOCH], SOURCE_DATE_EPOCH),
    hostConfig,
    cacheImports: cacheImports(take('cache-imports'), take('cache-from')),
  }
  const unknown = [...left.keys()].find((key) => !MEANS_NOTHING.test(key))
  if (unknown?.startsWith('attest:')) throw refused(`an attestation (${unknown.slice('attest:'.length)})`)
  if (unknown !== undefined) throw refused(`the option ${unknown} of ${FRONTEND}`)
  return request
}

function refused(what: string): EngineError {
  return new EngineError('not-implemented', `${what} is not implemented by this engine`)
}

function refuseRequest(id: string | undefined): void {
  if (id !== undefined) throw refused(`the request ${id} of ${FRONTEND} (--call, --check)`)
}

function onePlatform(text: string): string {
  if (text.includes(','))
    throw new EngineError('not-implemented', `a build for several platforms (${text}) is not implemented by this engine: build one after the other`)
  return text
}

function hostConfigOf(take: (name: string) => string | undefined): HostConfig {
  const hosts = list(take('add-hosts')).map((pair) => pair.replace('=', ':'))
  const shmSize = take('shm-size')
  return {
    ExtraHosts: hosts.length === 0 ? undefined : hosts,
    ShmSize: shmSize === undefined ? undefined : goInteger(shmSize),
    NetworkMode: networkMode(take('force-network-mode')),
    CgroupParent: take('cgroup-parent') || undefined,
    Ulimits: ulimits(take('ulimit')),
  }
}

function networkMode(text: string | undefined): string | undefined {
  if (text === undefined || text === '' || text === 'default' || text === 'sandbox') return undefined
  if (text === 'none' || text === 'host') return text
  throw new EngineError('invalid', `network mode ${JSON.stringify(text)} not supported by buildkit`)
}

/** `nofile=1024:2048,nproc=10` */
function ulimits(text: string | undefined): HostConfig['Ulimits'] {
  const read = list(text).map((entry) => {
    const [, Name, soft, hard] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(entry) ?? []
    if (Name === undefined || soft === undefined) throw new EngineError('invalid', `invalid ulimit argument: ${entry}`)
    return { Name, Soft: Number(soft), Hard: Number(hard ?? soft) }
  })
  return read.length === 0 ? undefined : read
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((part) => part !== '')
}
