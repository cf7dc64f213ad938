import { Type } from 'typebox'
import { NO_CONTEXTS } from '../../build/named-contexts.ts'
import type { BuildRequest } from '../../build/request.ts'
import { refusePlatform } from '../../build/stage-runs.ts'
import { type HostConfig, ResourcesSchema } from '../../containers/config.ts'
import { EngineError } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import type { ApiCall } from '../call.ts'
import { registryAuths } from '../images/auth.ts'
import type { Query } from '../query.ts'

const TextMap = Type.Record(Type.String(), Type.String())
const NullableTextMap = Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))

/**
 * What the query and the headers of a build say.
 * @throws EngineError `invalid` for what cannot be, `not-implemented` for what this builder does not do
 * @see Engine API 1.51 ImageBuild
 */
export function buildRequest(call: ApiCall): BuildRequest {
  const { query } = call
  refuse(query)
  const outputs = query.json('outputs') ?? []
  if (!Array.isArray(outputs) || outputs.length > 0)
    throw new EngineError('not-implemented', 'outputs of a build (POST /build?outputs=) are not implemented by this engine: they need BuildKit')
  const auths = registryAuths(call.header('x-registry-config'))
  return {
    tags: query.all('t').filter((tag) => tag !== ''),
    dockerfile: query.text('dockerfile') || 'Dockerfile',
    target: query.text('target'),
    buildArgs: nullableTextMap(query, 'buildargs'),
    labels: textMap(query, 'labels'),
    usesCache: !query.flag('nocache'),
    uncachedStages: [],
    inheritsArgs: false,
    contexts: NO_CONTEXTS,
    cacheFrom: cacheFrom(query),
    cachesElsewhere: [],
    pulls: query.flag('pull'),
    // Absent and empty both mean yes here.
    removes: query.text('rm') === '' || query.flag('rm'),
    removesFailed: query.flag('forcerm'),
    hostConfig: hostConfig(query),
    authFor: (host) => auths.get(host) ?? (host === 'docker.io' ? auths.get('https://index.docker.io/v1/') : undefined),
    secrets: undefined,
  }
}

/** A field of names and texts. */
export function textMap(query: Query, key: string): Record<string, string> {
  return decodeObject(TextMap, query.json(key) ?? {})
}

export function nullableTextMap(query: Query, key: string): Record<string, string | null> {
  return decodeObject(NullableTextMap, query.json(key) ?? {})
}

/** What neither builder does. */
export function refuse(query: Query): void {
  const version = query.text('version')
  if (!['', '1', '2'].includes(version)) throw new EngineError('invalid', `invalid version ${JSON.stringify(version)}`)
  if (query.flag('squash')) throw new EngineError('invalid', 'squash is only supported with experimental mode')
  refusePlatform(query.text('platform'))
  if (query.has('securityopt')) throw new EngineError('invalid', 'The daemon on this platform does not support setting security options on build')
  const isolation = query.text('isolation')
  if (!['', 'default'].includes(isolation.toLowerCase())) throw new EngineError('invalid', `unsupported isolation: ${JSON.stringify(isolation)}`)
}

/** An empty list means the same as none. */
function cacheFrom(query: Query): readonly string[] | undefined {
  const { Names } = decodeObject(Type.Object({ Names: Type.Union([Type.Array(Type.String()), Type.Null()]) }), { Names: query.json('cachefrom') ?? null })
  return Names && Names.length > 0 ? Names : undefined
}

export function ulimits(query: Query): HostConfig['Ulimits'] {
  return decodeObject(Type.Object({ Ulimits: ResourcesSchema.properties.Ulimits }), { Ulimits: query.json('ulimits') ?? null }).Ulimits
}

/** Docker's names in the query → those of a container. */
function hostConfig(query: Query): HostConfig {
  const resources = {
    Memory: query.integer('memory'),
    MemorySwap: query.integer('memswap'),
    CpuShares: query.integer('cpushares'),
    CpuPeriod: query.integer('cpuperiod'),
    CpuQuota: query.integer('cpuquota'),
    CpusetCpus: query.text('cpusetcpus') || undefined,
    CpusetMems: query.text('cpusetmems') || undefined,
    CgroupParent: query.text('cgroupparent') || undefined,
    Ulimits: ulimits(query),
  }
  const extraHosts = query
    .all('extrahosts')
    .flatMap((text) => text.split(','))
    .filter((text) => text !== '')
  return {
    ...resources,
    ShmSize: query.integer('shmsize'),
    NetworkMode: query.text('networkmode') || undefined,
    ExtraHosts: extraHosts.length === 0 ? undefined : extraHosts,
  }
}
