import { VERSION } from '../../daemon/version.ts'
import type { Asker } from './connection.ts'
import type { Finding } from './finding.ts'

/** As our engine answers at `/engineroom/v1/checks`. */
interface Check {
  readonly title: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly detail: string
  readonly fix: string
  readonly command?: string
}

/** What an engine says of itself. @see Engine API 1.51 SystemVersion, SystemInfo */
export interface EngineAnswers {
  readonly version: { readonly Version: string; readonly GitCommit: string }
  readonly info: { readonly Warnings: readonly string[] | null }
  /** What it needs of its machine; another engine cannot be asked. */
  readonly checks: readonly Check[]
}

const RESTART = ['systemctl', 'restart', 'engineroom.service'] as const

/** What can be wrong with an engine that answers. */
export function engineFindings({ version, info, checks }: EngineAnswers, { hasService }: Asker): Finding[] {
  const [mine, its] = [VERSION, version].map((one) => ('Version' in one ? `${one.Version} (${one.GitCommit})` : `${one.version} (${one.gitCommit})`))
  const findings: Finding[] = []
  if (!isOurs(version)) findings.push({ what: 'its version', problem: `it is another engine, ${version.Version}: not all that this client can is known to it` })
  else if (mine === its) findings.push({ what: 'its version' })
  else {
    const problem = `it is ${its}, this client ${mine}`
    const remedy = 'Containers run on while the engine is started anew.'
    findings.push(
      hasService
        ? { what: 'its version', problem, remedy: `As root: ${RESTART.join(' ')}\n${remedy}`, mend: RESTART }
        : { what: 'its version', problem, remedy },
    )
  }
  for (const warning of info.Warnings ?? []) findings.push({ what: 'what it warns of', problem: warning.replace(/^WARNING: /, '') })
  return [...findings, ...checks.map(checkFinding)]
}

function checkFinding({ title, state, detail, fix, command }: Check): Finding {
  return state === 'ok' ? { what: title } : { what: title, problem: detail, remedy: command === undefined ? fix : `${fix}\n${command}` }
}

/** Whether an engine has our own resources, beside those of the Engine API. */
export function isOurs({ Version }: EngineAnswers['version']): boolean {
  return Version.includes('-engineroom.')
}
