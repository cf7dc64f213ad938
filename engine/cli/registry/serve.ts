import { Log } from '../../log.ts'
import { serveRegistry } from '../../registry-server/serve.ts'
import { CliCommand } from '../command/command.ts'
import { duration } from '../command/values.ts'
import type { Session } from '../session.ts'
import { told } from '../told.ts'

export interface ServeOptions {
  readonly addr?: string
  readonly debug?: boolean
  readonly readOnly?: boolean
  readonly root?: string
  readonly uploadAge?: number
}

/** `engineroom registry serve` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'registry serve', usage: '[OPTIONS]', summary: 'Run a registry for images' })
    .flag('--addr <string>', 'Where to listen (default ":5000")')
    .flag('-D, --debug', 'Log every request')
    .flag('--read-only', 'Refuse to push and to delete')
    .flag('--root <string>', 'Folder for the data (default "/var/lib/registry")')
    .flag('--upload-age <duration>', 'Remove uploads that have not grown for this long (default 24h)', duration)
    .perform<ServeOptions>((_, options) => serve(session, options))
}

export async function serve(_: Session, options: ServeOptions): Promise<void> {
  await using _registry = await serveRegistry(
    {
      address: options.addr ?? ':5000',
      root: options.root ?? '/var/lib/registry',
      isReadOnly: options.readOnly === true,
      uploadAgeMs: (options.uploadAge ?? 24 * 3600e9) / 1e6,
    },
    new Log(options.debug ? 'debug' : 'info'),
  )
  await told(['SIGINT', 'SIGTERM', 'SIGHUP'])
}
