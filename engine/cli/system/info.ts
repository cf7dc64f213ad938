import { VERSION } from '../../daemon/version.ts'
import { messageOf } from '../../errors.ts'
import { CliCommand } from '../command/command.ts'
import { INSPECT_FORMAT_HELP } from '../format/format-help.ts'
import type { Session } from '../session.ts'
import { parseTemplateFlag } from '../template/flag.ts'
import { infoText, type SystemInfo } from './info-text.ts'

export interface InfoOptions {
  readonly format?: string
}

/** `engineroom info` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'info', usage: '[OPTIONS]', summary: 'Display system-wide information', aliases: ['system info', 'info'] })
    .flag('-f, --format <string>', INSPECT_FORMAT_HELP)
    .perform<InfoOptions>((_, options) => info(session, options))
}

export async function info(session: Session, { format }: InfoOptions): Promise<void> {
  const template = format ? parseTemplateFlag(format) : undefined
  const client = { Debug: false, Version: VERSION.version, Context: 'default', Plugins: [], Warnings: null }
  let found: SystemInfo | undefined
  let failure = ''
  try {
    found = await session.client.json<SystemInfo>('GET', '/info')
  } catch (error) {
    failure = messageOf(error)
  }
  if (template) session.print(template.render({ ...found, ...(failure && { ServerErrors: [failure] }), ClientInfo: client }))
  else {
    session.output.write(`Client: Engineroom\n Version:    ${client.Version}\n Context:    ${client.Context}\n Debug Mode: ${client.Debug}\n\nServer:\n`)
    if (found) session.output.write(`${infoText(found)}\n`)
    for (const warning of found?.Warnings ?? []) session.say(warning)
  }
  if (failure !== '') throw new Error(template ? failure : `ERROR: ${failure}\nerrors pretty printing info`)
}
