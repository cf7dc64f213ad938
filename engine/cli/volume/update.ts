import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import type { Session } from '../session.ts'

/** `engineroom volume update` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'volume update', usage: '[OPTIONS] [VOLUME]', summary: 'Update a volume (cluster volumes only)', atLeast: 1, atMost: 1 })
    .flag('--availability <string>', 'Cluster Volume availability ("active", "pause", "drain") (default "active")')
    .perform(([name = '']) => update(session, name))
}

/** Volumes of clusters alone can be updated, and here there are none. @throws Error always, with docker's words */
export async function update(session: Session, name: string): Promise<never> {
  await session.client.json('GET', `/volumes/${inPath(name)}`)
  throw new Error('can only update cluster volumes')
}
