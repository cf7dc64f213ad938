import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** The lines that `sha256sum --check` reads. @param names of files in the folder */
export async function checksums(folder: string, names: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    [...names].sort().map(async (name) => {
      const hash = createHash('sha256')
      await pipeline(createReadStream(join(folder, name)), hash)
      return `${hash.digest('hex')}  ${name}\n`
    }),
  )
  return lines.join('')
}
