import type { CliCommand } from '../../../engine/cli/command/command.ts'
import { commandLists, everyCommand, groupRows } from '../../../engine/cli/commands.ts'
import { rootCommand } from '../../../engine/cli/root-command.ts'
import { Session } from '../../../engine/cli/session.ts'
import { daemonCommand } from '../../../engine/daemon/flags.ts'
import { optionItems } from './options.ts'
import { bold, head, item, type PageHead, plain, section } from './roff.ts'

/** What the pages share. */
export type Edition = Pick<PageHead, 'date' | 'version'>

/** What a package for servers does not have. */
const NOT_FOR_SERVERS = ['desktop', 'vm']

/**
 * The manual, made of the definitions by which the programs read their flags: one page for each command, as git and docker have them.
 * @returns the text of each page by its file's name, `engineroom-run.1`
 */
export async function manualPages(edition: Edition): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>([
    ['engineroom.1', rootPage(edition)],
    ['engineroom-daemon.8', daemonPage(edition)],
  ])
  const commands = await Promise.all(everyCommand().map(async ({ words, load }) => ({ words, command: (await load()).command(new Session({})) })))
  for (const { words, command } of commands) pages.set(fileOf(words), commandPage(words, command, edition))
  for (const [name, summary] of commandLists()['Management Commands'] ?? []) pages.set(fileOf(name), groupPage(name, summary, edition))
  return pages
}

function rootPage(edition: Edition): string {
  const root = rootCommand()
  const lists = Object.entries(commandLists()).map(([title, rows]) => {
    const items = rows.filter(([name]) => !NOT_FOR_SERVERS.includes(name)).map(([name, summary]) => item(reference(name), summary))
    return section(title.toUpperCase(), ...items)
  })
  return [
    head({ name: 'engineroom', section: 1, ...edition }, root.shape.summary),
    synopsis('engineroom', '[OPTIONS] COMMAND [ARG...]'),
    section(
      'DESCRIPTION',
      plain('The client of a container engine that speaks the Docker Engine API, with the commands and flags of docker; and what starts the engine itself.'),
    ),
    section('OPTIONS', ...optionItems(root.options)),
    ...lists,
    section(
      'ENVIRONMENT',
      item(bold('DOCKER_HOST'), 'The engine to speak to, as with --host.'),
      item(bold('DOCKER_API_VERSION'), 'The version of the API to speak, in place of the newest that both sides know.'),
      item(bold('DOCKER_CONFIG'), 'The folder with the settings of the client, in place of ~/.docker.'),
      item(`${bold('DOCKER_TLS_VERIFY')}, ${bold('DOCKER_CERT_PATH')}`, 'TLS, and where its certificates are.'),
    ),
    section('FILES', item(bold('/run/engineroom/docker.sock'), 'The socket of the engine on this machine.')),
    section('SEE ALSO', `${reference('daemon')}, ${bold('docker')}(1)`),
  ].join('')
}

function daemonPage(edition: Edition): string {
  const command = daemonCommand()
  return [
    head({ name: 'engineroom-daemon', section: 8, ...edition }, 'Run the container engine'),
    synopsis('engineroom daemon', '[OPTIONS]'),
    section(
      'DESCRIPTION',
      plain('The engine. Its flags and its settings in daemon.json have the names and the meaning that dockerd gave them.'),
      '.PP',
      plain('Containers live on when it stops, crashes or is upgraded; the next one finds them. SIGHUP has it read again what can change while it runs.'),
    ),
    section('OPTIONS', ...optionItems(command.options)),
    section(
      'FILES',
      item(
        bold('/etc/engineroom/daemon.json'),
        'Settings: the long name of a flag, or the one that dockerd has for it in its file, and its value. What is said in both places is refused.',
      ),
      item(bold('/etc/engineroom/certs.d'), 'Certificates of registries.'),
      item(bold('/var/lib/engineroom'), 'Images, containers and volumes.'),
      item(bold('/run/engineroom'), 'The socket, and the state of what runs.'),
    ),
    section('SEE ALSO', `${reference('')}, ${bold('systemctl')}(1), ${bold('runc')}(8), ${bold('conmon')}(8)`),
  ].join('')
}

function commandPage(words: string, command: CliCommand, edition: Edition): string {
  const { usage, summary, aliases = [] } = command.shape
  const [first = '', ...more] = summary.split('\n\n')
  const options = optionItems(command.options)
  const others = aliases.filter((alias) => alias !== words).map((alias) => bold(`engineroom ${alias}`))
  return [
    head({ name: nameOf(words), section: 1, ...edition }, first),
    synopsis(`engineroom ${words}`, usage),
    ...(more.length > 0 ? [section('DESCRIPTION', ...more.flatMap((text) => [plain(text), '.PP']).slice(0, -1))] : []),
    ...(options.length > 0 ? [section('OPTIONS', ...options)] : []),
    ...(others.length > 0 ? [section('OTHER NAMES', others.join(', '))] : []),
    section('SEE ALSO', reference('')),
  ].join('')
}

function groupPage(name: string, summary: string, edition: Edition): string {
  const rows = groupRows(name) ?? []
  return [
    head({ name: nameOf(name), section: 1, ...edition }, summary),
    synopsis(`engineroom ${name}`, 'COMMAND'),
    section('COMMANDS', ...rows.map(([word, about]) => item(bold(word), about))),
    section('SEE ALSO', reference('')),
  ].join('')
}

function synopsis(typed: string, usage: string): string {
  return section('SYNOPSIS', `${bold(typed)} ${plain(usage)}`)
}

function nameOf(words: string): string {
  return ['engineroom', ...words.split(' ').filter((word) => word !== '')].join('-')
}

function fileOf(words: string): string {
  return `${nameOf(words)}.1`
}

function reference(words: string): string {
  return `${bold(nameOf(words))}(${words === 'daemon' ? 8 : 1})`
}
