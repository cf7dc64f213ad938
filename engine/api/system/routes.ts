import type { BuildCaches } from '../../build/build-caches.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import { cacheView } from '../build/cache-view.ts'
import type { ApiCall } from '../call.ts'
import { listView, sizeView } from '../containers/list.ts'
import { summaryView } from '../images/views.ts'
import type { Route } from '../router.ts'
import { API_VERSION, MIN_API_VERSION } from '../version.ts'
import { volumeUsageViews } from '../volumes/routes.ts'
import { eventsHandler } from './events.ts'
import type { Identity } from './identity.ts'
import { infoView } from './info.ts'

/** Go's names, unlike those of /info. */
const GO_ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** @see Engine API 1.51, "System" */
export function systemRoutes(parts: ContainerParts, caches: BuildCaches, identity: Identity): Route[] {
  return [
    { method: 'GET', path: '/_ping', handler: (call) => ping(call, 'OK') },
    { method: 'HEAD', path: '/_ping', handler: (call) => ping(call, '') },
    { method: 'GET', path: '/version', handler: (call) => call.json(200, versionView(parts, identity)) },
    { method: 'GET', path: '/info', handler: (call) => call.json(200, infoView(parts, identity, call.version)) },
    { method: 'GET', path: '/events', handler: (call) => eventsHandler(parts.events, call) },
    { method: 'GET', path: '/system/df', handler: (call) => diskUsage(parts, caches, call) },
  ]
}

function ping(call: ApiCall, body: string): void {
  call.response.writeHead(200, {
    'Builder-Version': '2',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
    Swarm: 'inactive',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
  })
  call.response.end(body)
}

function versionView(parts: ContainerParts, identity: Identity) {
  const details = {
    ApiVersion: API_VERSION,
    Arch: GO_ARCHITECTURE[process.arch] ?? process.arch,
    BuildTime: identity.buildTime,
    Experimental: 'false',
    GitCommit: identity.gitCommit,
    GoVersion: `node ${process.version}`,
    KernelVersion: parts.facts.kernelVersion,
    MinAPIVersion: MIN_API_VERSION,
    Os: 'linux',
  }
  const { Experimental: _, ...flat } = details
  return {
    Platform: { Name: 'Engineroom' },
    Components: [
      { Name: 'Engine', Version: identity.version, Details: details },
      { Name: parts.runtimes.defaultName, Version: identity.runtimeVersion, Details: {} },
    ],
    Version: identity.version,
    ...flat,
  }
}

const DF_TYPES = ['container', 'image', 'volume', 'build-cache']

/** @see Engine API 1.51 SystemDataUsage */
async function diskUsage(parts: ContainerParts, caches: BuildCaches, call: ApiCall): Promise<void> {
  const types = call.version.atLeast('1.42') ? call.query.all('type') : []
  for (const type of types) if (!DF_TYPES.includes(type)) throw new EngineError('invalid', `unknown object type: ${type}`)
  const wants = (type: string) => types.length === 0 || types.includes(type)
  const containerUsage = async () =>
    Promise.all(parts.store.all().map(async (one) => ({ ...(await listView(parts, one, call.version, false)), ...(await sizeView(parts, one)) })))
  const isOld = !call.version.atLeast('1.42')
  const [containers, volumes, cached] = await Promise.all([
    wants('container') ? containerUsage() : null,
    wants('volume') ? volumeUsageViews(parts.volumes) : null,
    wants('build-cache') ? caches.all().then((all) => all.map(cacheView)) : null,
  ])
  call.json(200, {
    LayersSize: wants('image') ? parts.images.layersSize() : 0,
    Images: wants('image') ? parts.images.all().map((image) => summaryView(parts.images, image, call.version, { shared: true })) : null,
    Containers: containers,
    Volumes: volumes,
    BuildCache: cached,
    ...(isOld && { BuilderSize: (cached ?? []).reduce((sum, { Size }) => sum + Size, 0) }),
  })
}
