import { CliCommand } from '../command/command.ts'
import { keyValues, label, list } from '../command/values.ts'
import type { Session } from '../session.ts'

export interface CreateOptions {
  readonly driver?: string
  readonly label?: readonly string[]
  readonly name?: string
  readonly opt?: readonly string[]
}

/** `engineroom volume create` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'volume create', usage: '[OPTIONS] [VOLUME]', summary: 'Create a volume', atMost: 1 })
    .flag('-d, --driver <string>', 'Specify volume driver name (default "local")')
    .flag('--label <list>', 'Set metadata for a volume', list(label))
    .hiddenFlag('--name <string>')
    .flag('-o, --opt <map>', 'Set driver specific options', list())
    .perform<CreateOptions>(([name], options) => create(session, name, options))
}

export async function create(session: Session, name: string | undefined, options: CreateOptions): Promise<void> {
  if (name !== undefined && options.name) throw new Error('conflicting options: cannot specify a volume-name through both --name and as a positional arg')
  const body = { Name: name ?? options.name ?? '', Driver: options.driver ?? 'local', DriverOpts: keyValues(options.opt), Labels: keyValues(options.label) }
  const { Name } = await session.client.json<{ Name: string }>('POST', '/volumes/create', { body })
  session.print(Name)
}
