import { Type } from 'typebox'
import type { SolveInit } from '../../buildkit/traced.ts'
import { EngineError } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import { goBoolean } from '../../json/go-values.ts'
import type { ApiCall } from '../call.ts'
import type { Query } from '../query.ts'
import { nullableTextMap, refuse, textMap, ulimits } from './build-query.ts'

const Outputs = Type.Object({
  outputs: Type.Array(Type.Object({ Type: Type.String(), Attrs: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])) })),
})
const CacheFrom = Type.Object({ cachefrom: Type.Array(Type.String()) })

/** Limits of a RUN step, which BuildKit does not know. */
const CLASSIC_ONLY = ['memory', 'memswap', 'cpushares', 'cpuperiod', 'cpuquota']

/** What a build by BuildKit was asked for, without its context. */
export interface BuildKitQuery {
  readonly request: SolveInit
  /** Whether its result is an image here. */
  readonly makesImage: boolean
}

/**
 * The query of `POST /build?version=2` in BuildKit's words.
 * @throws EngineError `invalid` for what cannot be, `not-implemented` for what this engine does not do
 * @see Engine API 1.51 ImageBuild
 */
export function buildKitQuery({ query }: ApiCall): BuildKitQuery {
  refuse(query)
  const limit = CLASSIC_ONLY.find((key) => query.integer(key)) ?? ['cpusetcpus', 'cpusetmems'].find((key) => query.text(key) !== '')
  if (limit !== undefined) throw new EngineError('not-implemented', `${limit} is not implemented for builds by BuildKit (version=2) by this engine`)
  const exporter = exporterOf(query)
  const args = buildArgs(query)
  const networkMode = query.text('networkmode')
  const inlines = goBoolean(args['build-arg:BUILDKIT_INLINE_CACHE'] ?? 'false')
  return {
    makesImage: exporter?.type === 'moby' || exporter?.type === 'image',
    request: {
      session: query.text('session'),
      frontend: 'dockerfile.v0',
      frontendAttrs: { ...attributes(query, networkMode), ...args },
      exporters: exporter ? [exporter] : [],
      cacheExports: inlines ? [{ type: 'inline', attrs: {} }] : [],
      entitlements: networkMode === 'host' ? ['network.host'] : [],
    },
  }
}

/** One that the client's environment has not says nothing. */
function buildArgs(query: Query): Record<string, string> {
  const given = Object.entries(nullableTextMap(query, 'buildargs'))
  return Object.fromEntries(given.flatMap(([name, value]) => (value === null ? [] : [[`build-arg:${name}`, value]])))
}

function attributes(query: Query, networkMode: string): Record<string, string> {
  const { cachefrom } = decodeObject(CacheFrom, { cachefrom: query.json('cachefrom') ?? [] })
  const set = Object.entries({
    target: query.text('target'),
    filename: query.text('dockerfile'),
    'cache-from': cachefrom.join(','),
    platform: query.text('platform'),
    'force-network-mode': networkMode,
    'add-hosts': query
      .all('extrahosts')
      .map((pair) => pair.replace(':', '='))
      .join(','),
    'shm-size': query.integer('shmsize') ? query.text('shmsize') : '',
    ulimit: (ulimits(query) ?? []).map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`).join(','),
    'cgroup-parent': query.text('cgroupparent'),
  }).filter(([, value]) => value !== '')
  const labels = Object.entries(textMap(query, 'labels')).map(([name, value]) => [`label:${name}`, value])
  return {
    ...Object.fromEntries([...set, ...labels]),
    'image-resolve-mode': query.flag('pull') ? 'pull' : 'default',
    ...(query.flag('nocache') && { 'no-cache': '' }),
  }
}

/** @returns undefined when the result is for the cache alone */
function exporterOf(query: Query): { type: string; attrs: Record<string, string> } | undefined {
  const { outputs } = decodeObject(Outputs, { outputs: query.json('outputs') ?? [] })
  const [output, ...more] = outputs
  if (more.length > 0) throw new EngineError('system', 'multiple outputs not supported')
  if (output?.Type === 'cacheonly') return undefined
  const type = output?.Type ?? 'moby'
  const tags = query.all('t').filter((tag) => tag !== '')
  const isNamed = ['moby', 'image'].includes(type) && tags.length > 0
  return { type, attrs: { ...output?.Attrs, ...(isNamed && { name: tags.join(',') }) } }
}
