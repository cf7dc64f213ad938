import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { CliCommand } from '../command/command.ts'
import { type Asker, connectionFinding } from '../doctor/connection.ts'
import { type EngineAnswers, engineFindings, isOurs } from '../doctor/engine.ts'
import { type Finding, findingText } from '../doctor/finding.ts'
import { machineFindings } from '../doctor/machine.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'

/** The package's unit, where systemd runs. */
const UNIT = '/usr/lib/systemd/system/engineroom.service'

/** `engineroom doctor` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'doctor', usage: '[OPTIONS]', summary: 'Look for what is wrong with the engine and the way to it, and say what helps' })
    .flag('--mend', 'Do what helps, where that can do no harm')
    .perform<{ readonly mend?: boolean }>((_, { mend = false }) => doctor(session, mend))
}

/** Ends with 1 when something is wrong. */
async function doctor(session: Session, mends: boolean): Promise<void> {
  const findings = await examine(session)
  for (const finding of findings) session.print(findingText(finding))
  const wrong = findings.filter(({ problem }) => problem !== undefined)
  const mendable = wrong.flatMap(({ mend }) => (mend ? [mend] : []))
  if (mends) for (const [program, ...args] of mendable) mend(session, program, args)
  else if (mendable.length > 0) session.print(`\nengineroom doctor --mend does ${mendable.length === 1 ? 'one' : mendable.length} of these.`)
  if (wrong.length > (mends ? mendable.length : 0)) throw new ExitError(1)
}

async function examine(session: Session): Promise<Finding[]> {
  const { endpoint } = session.client
  const socketPath = 'socketPath' in endpoint.address ? endpoint.address.socketPath : undefined
  const asker = { userName: userInfo().username, socketGroup: groupOf(socketPath), hasService: existsSync('/run/systemd/system') && existsSync(UNIT) }
  const isNative = socketPath !== undefined && process.platform === 'linux'
  const machine = isNative ? machineFindings(process.env.PATH ?? '', readFileSync('/proc/filesystems', 'utf8')) : []
  return [...machine, ...(await engine(session, asker))]
}

async function engine({ client }: Session, asker: Asker): Promise<Finding[]> {
  let answers: EngineAnswers
  try {
    const [version, info] = await Promise.all([client.json<EngineAnswers['version']>('GET', '/version'), client.json<EngineAnswers['info']>('GET', '/info')])
    answers = { version, info, checks: isOurs(version) ? await client.json<EngineAnswers['checks']>('GET', '/engineroom/v1/checks') : [] }
  } catch (error) {
    return [connectionFinding(error, client.endpoint, asker)]
  }
  return [{ what: `the engine at ${client.endpoint.name}` }, ...engineFindings(answers, asker)]
}

function groupOf(socketPath: string | undefined): string | undefined {
  const stat = socketPath === undefined ? undefined : statSync(socketPath, { throwIfNoEntry: false })
  const line =
    stat &&
    readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((one) => one.split(':')[2] === String(stat.gid))
  return line?.split(':', 1)[0]
}

function mend(session: Session, program: string, args: readonly string[]): void {
  session.say(`• ${[program, ...args].join(' ')}`)
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`${program} did not succeed${error ? `: ${error.message}` : ''}. It may need root.`)
}
