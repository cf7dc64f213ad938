import { EngineError } from '../errors.ts'
import type { Build, Builds } from './builds.ts'
import type { Built } from './built.ts'
import { cacheExporterOf } from './cache-export.ts'
import type { Export, Exporter } from './export.ts'
import { exporterOf } from './exporters.ts'
import type { History } from './history.ts'
import { linkedImages, refuseGraph } from './linked-images.ts'
import type { BuildKitParts } from './parts.ts'
import type { SolveRequest } from './protocol/control_pb.ts'
import type { Definition } from './protocol/ops_pb.ts'
import { NO_SESSION } from './session.ts'
import { solveDockerfile } from './solve-dockerfile.ts'
import { dockerfileRequest, FRONTEND } from './solve-request.ts'

/** What outlives a call. */
export interface Kept {
  readonly builds: Builds
  readonly history: History
}

/**
 * A whole build: what is to be built, by this call or by those of a client that puts it together, and where it goes.
 * @returns what clients are told of the result
 * @throws EngineError, ConnectError
 */
export function solve(parts: BuildKitParts, { builds, history }: Kept, request: SolveRequest, signal: AbortSignal): Promise<Record<string, string>> {
  const { images } = parts.builder.containers
  const work = async (build: Build) => {
    // Within the build: whoever listens to it hears that it has ended.
    refuseGraph(request.definition)
    const asked = askedOf(request.frontend, request.frontendAttrs, request.frontendInputs)
    refuseUnknown(request)
    const exporters = exportersOf(parts, request)
    return images.storing(async (hold) => {
      const session = request.session === '' ? NO_SESSION : await parts.sessions.get(request.session, signal)
      const together = AbortSignal.any([signal, session.gone])
      const solving = { session, status: build.status, hold, signal: together }
      build.begin(solving)
      const built = request.frontend === '' ? await build.returned(together) : await solveFrontend(parts, build, asked)
      const told: Record<string, string> = {}
      if (!built && exporters.length > 0) throw new EngineError('invalid', 'there is nothing to export: the build has no result')
      for (const exporter of exporters) if (built) Object.assign(told, await exporter(built, solving))
      return told
    })
  }
  return builds.run(request.ref, (build) => history.record(request, () => work(build), build.status))
}

/** Outputs, and after them caches. @throws EngineError for what cannot be */
function exportersOf(parts: BuildKitParts, request: SolveRequest): Exporter[] {
  const outputs = exportsOf(request).map((one, index) => exporterOf(parts, one, index))
  const caches = (request.cache?.exports ?? []).map(({ type, attrs }) => cacheExporterOf(parts.builder.containers.images, type, attrs))
  return [...outputs, ...caches]
}

/** What a frontend is asked for. */
export interface Asked {
  readonly frontend: string
  readonly options: Readonly<Record<string, string>>
  /** Images of other results, by the names that the options have for them. */
  readonly linked: Readonly<Record<string, string>>
}

/** @throws EngineError `not-implemented` for a graph among the inputs */
export function askedOf(frontend: string, options: Readonly<Record<string, string>>, inputs: Readonly<Record<string, Definition>>): Asked {
  return { frontend, options, linked: linkedImages(inputs) }
}

/** Builds a part with one of our frontends, of which there is one. */
export async function solveFrontend(parts: BuildKitParts, build: Build, { frontend, options, linked }: Asked): Promise<Built> {
  if (frontend !== FRONTEND) {
    throw new EngineError(
      'not-implemented',
      `the frontend ${JSON.stringify(frontend)} is not implemented by this engine, which builds Dockerfiles (${FRONTEND})`,
    )
  }
  try {
    return await solveDockerfile(parts, dockerfileRequest(options, linked), await build.active())
  } catch (error) {
    build.noteFailure(error)
    throw error
  }
}

function refuseUnknown({ entitlements }: SolveRequest): void {
  const entitlement = entitlements.find((one) => one !== 'network.host')
  if (entitlement !== undefined) throw new EngineError('not-implemented', `the entitlement ${entitlement} (--allow) is not implemented by this engine`)
}

/** Clients say the first of them in the old way, too. */
function exportsOf({ exporters, exporterDeprecated, exporterAttrsDeprecated }: SolveRequest): Export[] {
  if (exporters.length > 0) return exporters.map(({ type, attrs }) => ({ type, attributes: attrs }))
  return exporterDeprecated === '' ? [] : [{ type: exporterDeprecated, attributes: exporterAttrsDeprecated }]
}
