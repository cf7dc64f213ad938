import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter, HandlerContext, ServiceImpl } from '@connectrpc/connect'
import type { BuildCache } from '../build/build-caches.ts'
import { hostArchitecture } from '../images/image.ts'
import { askDockerfile } from './ask-dockerfile.ts'
import type { Build, Builds } from './builds.ts'
import { linkTo, refuseGraph } from './linked-images.ts'
import type { BuildKitParts } from './parts.ts'
import { Control } from './protocol/control_pb.ts'
import { LLBBridge } from './protocol/gateway_pb.ts'
import { carried } from './session-stream.ts'
import { type Asked, askedOf, type Kept, solve, solveFrontend } from './solve.ts'
import { callError } from './source-lines.ts'

/** Says on calls of the gateway's which build they are about. */
const BUILD_ID = 'buildkit-controlapi-buildid'

/** All that a client can call. */
export function services(parts: BuildKitParts, kept: Kept): (router: ConnectRouter) => void {
  return (router) => router.service(Control, control(parts, kept)).service(LLBBridge, gateway(parts, kept.builds))
}

/** By our clock, for how long a build has been going on: clients read it with each answer about builds. */
const NOW = 'buildkit-current-timestamp'

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw callError(error)
  }
}

function worker({ version }: BuildKitParts) {
  return {
    id: 'engineroom',
    // By the second one, docker's driver of buildx sees that this engine has outputs and caches besides its images.
    labels: { 'org.mobyproject.buildkit.worker.executor': 'engineroom', 'org.mobyproject.buildkit.worker.snapshotter': 'overlayfs' },
    platforms: [{ os: 'linux', architecture: hostArchitecture() }],
    buildkitVersion: buildkitVersion(version),
  }
}

function buildkitVersion(version: string) {
  return { package: 'engineroom', version, revision: '' }
}

function control(parts: BuildKitParts, kept: Kept): ServiceImpl<typeof Control> {
  const { caches } = parts.builder
  return {
    info: () => ({ buildkitVersion: buildkitVersion(parts.version) }),
    listWorkers: () => ({ record: [worker(parts)] }),
    solve: (request, { signal }) => told(async () => ({ exporterResponse: await solve(parts, kept, request, signal) })),
    async *status({ ref }, { signal, responseHeader }) {
      responseHeader.set(NOW, new Date().toISOString())
      const over = kept.builds.has(ref) ? undefined : await told(() => kept.history.told(ref))
      if (over) return yield* over
      const build = await told(() => kept.builds.get(ref, signal))
      yield* build.status.listen(signal)
    },
    async *session(messages, { requestHeader, signal }) {
      const header = (name: string) => requestHeader.get(name) ?? ''
      yield* carried((connection) => told(() => parts.enter(header, () => connection)), messages, signal)
    },
    diskUsage: async () => ({ record: (await caches.all()).map(usageRecord) }),
    async *prune({ keepDuration }) {
      const before = Date.now() - Number(keepDuration / 1_000_000n)
      const all = await caches.all()
      const { removed } = await caches.prune((_, usedAtMs) => usedAtMs <= before)
      yield* all.filter(({ name }) => removed.includes(name)).map(usageRecord)
    },
    updateBuildHistory: (request) => told(() => kept.history.update(request)).then(() => ({})),
    listenBuildHistory(request, { signal, responseHeader }) {
      responseHeader.set(NOW, new Date().toISOString())
      return kept.history.listen(request, signal)
    },
  }
}

async function answer(parts: BuildKitParts, build: Build, wanted: string, asked: Asked): Promise<Record<string, Uint8Array>> {
  try {
    const texts = await askDockerfile(parts, wanted, asked, await build.active())
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]))
  } catch (error) {
    build.noteFailure(error)
    throw error
  }
}

function usageRecord({ name, kind, bytes, isUsed, createdAt, usedAt }: BuildCache) {
  return {
    id: name,
    mutable: true,
    inUse: isUsed,
    size: BigInt(bytes),
    createdAt: timestampFromDate(createdAt),
    lastUsedAt: timestampFromDate(usedAt),
    recordType: kind === 'context' ? 'source.local' : 'exec.cachemount',
    description: kind === 'context' ? 'local source for context' : 'RUN --mount=type=cache',
  }
}

function gateway(parts: BuildKitParts, builds: Builds): ServiceImpl<typeof LLBBridge> {
  const buildOf = ({ requestHeader, signal }: HandlerContext) => builds.get(requestHeader.get(BUILD_ID) ?? '', signal)
  const capabilities = (...ids: string[]) => ids.map((id) => ({ id, enabled: true }))
  return {
    ping: (_, context) =>
      told(async () => {
        await buildOf(context)
        return {
          frontendApiCaps: capabilities(
            'solve.base',
            'return',
            'returnmap',
            'proto.refarray',
            'gateway.solve.metadata',
            'gateway.evaluate',
            'gateway.solve.evaluate',
            'reference.output',
          ),
          llbCaps: capabilities('source.local', 'exporter.multiple', 'exporter.image.annotations', 'exporter.sourcedateepoch'),
          workers: [worker(parts)],
        }
      }),
    solve: (request, context) =>
      told(async () => {
        refuseGraph(request.definition)
        const build = await buildOf(context)
        const { requestid, ...options } = request.frontendOpt
        const asked = askedOf(request.frontend, options, request.frontendInputs)
        if (requestid !== undefined) return { result: { metadata: await answer(parts, build, requestid, asked) } }
        const built = await solveFrontend(parts, build, asked)
        return { result: { ref: { id: build.addResult(built), def: linkTo(built.image) } } }
      }),
    // What is solved is built already.
    evaluate: (_, context) => told(async () => void (await buildOf(context))).then(() => ({})),
    return: (request, context) =>
      told(async () => {
        const build = await buildOf(context)
        if (request.error) build.giveUp(new Error(request.error.message))
        else build.return(request.result?.ref?.id ?? '')
        return {}
      }),
  }
}
