import { arch, platform } from 'node:os'
import { VERSION } from '../../daemon/version.ts'
import { CLIENT_API_VERSION } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { INSPECT_FORMAT_HELP } from '../format/format-help.ts'
import { tabColumns } from '../format/tab-columns.ts'
import type { Session } from '../session.ts'
import { parseTemplateFlag } from '../template/flag.ts'

export interface VersionOptions {
  readonly format?: string
}

interface Component {
  readonly Name: string
  readonly Version: string
  readonly Details?: Readonly<Record<string, string>> | null
}

/** @see Engine API 1.51 SystemVersion */
interface ServerVersion {
  readonly Platform?: { readonly Name: string }
  readonly Components?: readonly Component[]
  readonly [key: string]: unknown
}

/** `engineroom version` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'version', usage: '[OPTIONS]', summary: 'Show the Engineroom version information', aliases: ['version'] })
    .flag('-f, --format <string>', INSPECT_FORMAT_HELP)
    .perform<VersionOptions>((_, options) => version(session, options))
}

/** What is known about ourselves is shown even when there is no daemon to ask. */
export async function version(session: Session, { format }: VersionOptions): Promise<void> {
  const template = format === undefined || format === '' ? undefined : parseTemplateFlag(format)
  let server: ServerVersion | null = null
  let failure: unknown
  try {
    server = withReadableTimes(await session.client.json<ServerVersion>('GET', '/version'))
  } catch (error) {
    failure = error
  }
  const client = await clientVersion(session, server !== null)
  const text = template ? template.render({ Client: client, Server: server }) : [clientText(client), ...(server ? ['', serverText(server)] : [])].join('\n')
  session.print(tabColumns(text, { minimumWidth: 20, padding: 1 }))
  if (failure !== undefined) throw failure
}

type ClientVersion = Readonly<
  Record<'Version' | 'ApiVersion' | 'DefaultAPIVersion' | 'GitCommit' | 'GoVersion' | 'Os' | 'Arch' | 'BuildTime' | 'Context', string>
>

async function clientVersion({ client }: Session, isConnected: boolean): Promise<ClientVersion> {
  return {
    Version: VERSION.version,
    ApiVersion: isConnected ? await client.version() : CLIENT_API_VERSION,
    DefaultAPIVersion: CLIENT_API_VERSION,
    GitCommit: VERSION.gitCommit,
    GoVersion: `node ${process.version}`,
    Os: platform(),
    Arch: arch() === 'x64' ? 'amd64' : arch(),
    BuildTime: readableTime(VERSION.buildTime),
    Context: 'default',
  }
}

function clientText(client: ClientVersion): string {
  const { ApiVersion, DefaultAPIVersion } = client
  return `Client: Engineroom
 Version:\t${client.Version}
 API version:\t${ApiVersion}${ApiVersion === DefaultAPIVersion ? '' : ` (downgraded from ${DefaultAPIVersion})`}
 Go version:\t${client.GoVersion}
 Git commit:\t${client.GitCommit}
 Built:\t${client.BuildTime}
 OS/Arch:\t${client.Os}/${client.Arch}
 Context:\t${client.Context}`
}

function serverText({ Platform, Components = [] }: ServerVersion): string {
  const name = Platform?.Name ? ` ${Platform.Name}` : ''
  return [`Server:${name}`, ...Components.map(componentText)].join('\n')
}

function componentText({ Name, Version, Details }: Component): string {
  const details = Details ?? {}
  const lines = [` ${Name}:`, `  Version:\t${Version}`]
  if (Name === 'Engine') {
    lines.push(
      `  API version:\t${details.ApiVersion} (minimum version ${details.MinAPIVersion})`,
      `  Go version:\t${details.GoVersion}`,
      `  Git commit:\t${details.GitCommit}`,
      `  Built:\t${details.BuildTime}`,
      `  OS/Arch:\t${details.Os}/${details.Arch}`,
      `  Experimental:\t${details.Experimental}`,
    )
  } else for (const key of Object.keys(details).sort()) lines.push(`  ${key}:\t${details[key]}`)
  return lines.join('\n')
}

function withReadableTimes(server: ServerVersion): ServerVersion {
  const Components = server.Components?.map((component) => {
    const time = component.Details?.BuildTime
    return time === undefined ? component : { ...component, Details: { ...component.Details, BuildTime: readableTime(time) } }
  })
  return { ...server, ...(Components && { Components }) }
}

/** `Fri May 30 12:07:14 2025`, in UTC; what is no time stays as it is. */
function readableTime(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) return text
  const [, day, date = '', month, year, clock] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? []
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${clock} ${year}`
}
