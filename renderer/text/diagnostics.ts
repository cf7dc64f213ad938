import type { Check, EngineSpending } from '../api/checks.ts'
import type { AppSpending, HostStatus } from '../api/desktop.ts'
import type { ContainerRow, EngineEvent, EngineIdentity, ImageRow } from '../api/types.ts'
import type { Startup } from '../stores/startup.ts'

export interface DiagnosticParts {
  readonly atMs: number
  readonly identity: EngineIdentity | undefined
  readonly connection: string
  readonly reason: string
  readonly host: HostStatus | undefined
  readonly checks: readonly Check[]
  readonly engineSpending: EngineSpending | undefined
  readonly appSpending: AppSpending | undefined
  readonly startup: Startup | undefined
  readonly containers: readonly ContainerRow[]
  readonly images: readonly ImageRow[]
  readonly volumeCount: number
  readonly networkCount: number
  readonly events: readonly EngineEvent[]
}

/**
 * What somebody who helps has to know, as JSON. Field by field, so that nothing gets in by being new: no environment, no
 * labels, no command lines, no output of programs; what an event says beyond its kind stays out, too.
 */
export function diagnosticsText(parts: DiagnosticParts): string {
  const { host, containers, images, events } = parts
  const content = {
    made: new Date(parts.atMs).toISOString(),
    engine: parts.identity,
    connection: { state: parts.connection, reason: withoutPasswords(parts.reason) },
    host: host && {
      kind: host.kind,
      state: host.state,
      socketPath: host.socketPath,
      address: host.context && withoutPasswords(host.context.host),
      detail: withoutPasswords(host.detail),
      stages: host.stages.map(({ title, state }) => ({ title, state })),
    },
    checks: parts.checks.map(({ id, state, detail }) => ({ id, state, detail: withoutPasswords(detail) })),
    spending: { engine: parts.engineSpending, window: parts.appSpending, startup: parts.startup },
    containers: containers.map(({ id, image, state, health, exitCode, createdAtMs, ports, attachments }) => ({
      id,
      image: withoutPasswords(image),
      state,
      health,
      exitCode,
      created: new Date(createdAtMs).toISOString(),
      ports,
      networks: attachments.map(({ network }) => network),
    })),
    images: images.map(({ id, tags, sizeBytes }) => ({ id, tags, sizeBytes })),
    counts: { volumes: parts.volumeCount, networks: parts.networkCount },
    events: events.map(({ atMs, type, action, id }) => ({ at: new Date(atMs).toISOString(), type, action: action.split(':', 1)[0], id })),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

/** `http://user:password@proxy` → `http://(hidden)@proxy` */
export function withoutPasswords(text: string): string {
  return text.replace(/:\/\/[^@/\s]+@/g, '://(hidden)@')
}
