import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'

export interface LocalFlags {
  readonly addr?: string
}

/** The answer of `/engineroom/v1/registry`. @see docs/registry.md */
interface Status {
  readonly isOn: boolean
  readonly address: string
  readonly failure?: string
}

const PATH = '/engineroom/v1/registry'

/** `engineroom registry local` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'registry local',
    usage: '[OPTIONS] on|off|status',
    summary: "Run the engine's own registry, or end it",
    atLeast: 1,
    atMost: 1,
  })
    .flag('--addr <string>', 'Where to listen (default: as before, else "127.0.0.1:5000")')
    .perform<LocalFlags>(([word = ''], flags) => local(session, word, flags))
}

export async function local(session: Session, word: string, { addr }: LocalFlags): Promise<void> {
  if (addr !== undefined && word !== 'on') throw new ExitError(125, '--addr goes with "on"')
  session.print(describe(await ask(session, word, addr)))
}

function ask({ client }: Session, word: string, address: string | undefined): Promise<Status> {
  if (word === 'status') return client.json('GET', PATH)
  if (word === 'on') return client.json('PUT', PATH, { body: { isOn: true, address } })
  if (word === 'off') return client.json('PUT', PATH, { body: { isOn: false } })
  throw new ExitError(125, `"${word}" is none of on, off, status`)
}

function describe({ isOn, address, failure }: Status): string {
  if (!isOn) return 'off'
  return failure === undefined ? `on, at ${nameOf(address)}` : `on, but not running: ${failure}`
}

/** What people call it in names of images. */
function nameOf(address: string): string {
  return address.replace(/^(127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:(?=\d+$)/, 'localhost:')
}
