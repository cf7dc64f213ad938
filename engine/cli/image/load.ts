import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { messageOf } from '../../errors.ts'
import { CliCommand } from '../command/command.ts'
import type { Session } from '../session.ts'
import { showProgress } from '../streams/progress.ts'

export interface LoadOptions {
  readonly input?: string
  readonly platform?: string
  readonly quiet?: boolean
}

/** `engineroom load` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'load', usage: '[OPTIONS]', summary: 'Load an image from a tar archive or STDIN', aliases: ['image load', 'load'] })
    .flag('-i, --input <string>', 'Read from tar archive file, instead of STDIN')
    .flag('--platform <string>', 'Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")')
    .flag('-q, --quiet', 'Suppress the load output')
    .perform<LoadOptions>((_, options) => load(session, options))
}

export async function load(session: Session, { input = '', platform, quiet }: LoadOptions): Promise<void> {
  const { client, output } = session
  if (input === '' && session.input.isTTY) throw new Error('requested load from stdin, but stdin is empty')
  const upload = input === '' ? session.input : await openFile(input)
  const progress = await client.stream('POST', '/images/load', {
    query: { quiet: quiet || !output.isTTY ? 1 : 0, platform: platform === undefined ? undefined : platformJson(platform) },
    upload,
    headers: { 'Content-Type': 'application/x-tar' },
  })
  await showProgress(progress, output)
}

async function openFile(path: string): Promise<Readable> {
  try {
    return (await open(path)).createReadStream()
  } catch (error) {
    throw new Error(messageOf(error), { cause: error })
  }
}

/** `linux/arm64/v8` as the API takes it. */
function platformJson(text: string): string {
  const [os, architecture, variant] = text.split('/')
  return JSON.stringify({ os, architecture, variant })
}
