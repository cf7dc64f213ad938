import { messageOf } from '../../errors.ts'
import { inPath } from '../api-client.ts'
import { isNotFound } from '../api-error.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import { INSPECT_FORMAT_HELP } from '../format/format-help.ts'
import type { Session } from '../session.ts'
import { parseTemplateFlag } from '../template/flag.ts'
import { TemplateError } from '../template/tokens.ts'

export interface InspectOptions {
  readonly format?: string
  readonly size?: boolean
  readonly type?: string
}

/** What can be looked at, in the order in which a name is tried. */
const PATHS: Readonly<Record<string, (name: string) => string>> = {
  container: (name) => `/containers/${inPath(name)}/json`,
  image: (name) => `/images/${inPath(name)}/json`,
  network: (name) => `/networks/${inPath(name)}`,
  volume: (name) => `/volumes/${inPath(name)}`,
}

/** `engineroom inspect` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'inspect',
    usage: '[OPTIONS] NAME|ID [NAME|ID...]',
    summary: 'Return low-level information on containers, images, networks and volumes',
    aliases: ['inspect'],
    atLeast: 1,
  })
    .flag('-f, --format <string>', INSPECT_FORMAT_HELP)
    .flag('-s, --size', 'Display total file sizes if the type is container')
    .flag('--type <string>', 'Only inspect objects of the given type')
    .perform<InspectOptions>((names, options) => inspect(session, names, options))
}

/** Shows what was found, even if something was not. @throws ExitError 1 with a line for each name that was not found */
export async function inspect(session: Session, names: readonly string[], { format = '', size, type }: InspectOptions): Promise<void> {
  const types = type === undefined ? Object.keys(PATHS) : [type]
  if (type !== undefined && !Object.hasOwn(PATHS, type)) {
    throw new Error(
      `unknown type: ${JSON.stringify(type)}: must be one of ${Object.keys(PATHS)
        .map((one) => JSON.stringify(one))
        .join(', ')}`,
    ) // prettier-ignore
  }
  const template = format === '' || format === 'json' ? undefined : parseTemplateFlag(format)
  const found: unknown[] = []
  const rendered: string[] = []
  const failures: string[] = []
  for (const name of names) {
    try {
      found.push(await look(session, name, types, size))
      if (template) rendered.push(`${template.render(found.at(-1))}\n`)
    } catch (error) {
      failures.push(error instanceof TemplateError ? `template parsing error: ${error.message}` : messageOf(error))
    }
  }
  if (template) session.output.write(rendered.join('') || '\n')
  else session.print(found.length === 0 ? '[]' : JSON.stringify(found, undefined, format === 'json' ? undefined : 4))
  if (failures.length > 0) throw new ExitError(1, failures.join('\n'))
}

async function look({ client }: Session, name: string, types: readonly string[], size: boolean | undefined): Promise<unknown> {
  for (const type of types) {
    try {
      return await client.json('GET', PATHS[type]?.(name) ?? '', { query: { size: type === 'container' ? size : undefined } })
    } catch (error) {
      const goesOn = isNotFound(error) || /not supported|invalid reference format/.test(messageOf(error))
      if (types.length === 1 || !goesOn) throw error
    }
  }
  throw new Error(`Error: No such object: ${name}`)
}
