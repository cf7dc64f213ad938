import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConnectError } from '@connectrpc/connect'

/** A folder with these files, of which a client builds. */
export async function contextFolder(parent: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(parent, 'context-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

/** What a call fails with. */
export async function failureOf(work: Promise<unknown>): Promise<ConnectError> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error),
  )
  if (!outcome) throw new Error('it went well')
  return outcome
}
