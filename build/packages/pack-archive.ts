import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { runTool } from '../../vm-assets/run-tool.ts'
import { makePackage, type PackageOptions, type PackageTree, secondsOf } from './package-tree.ts'

/**
 * Makes a tar.gz with one folder, named by program and version, that runs from wherever it is unpacked. The same sources make the same bytes.
 * @param folder gets it
 * @returns its path
 * @throws Error with what a tool said
 */
export function packArchive(folder: string, name: string, content: PackageTree, options: PackageOptions): Promise<string> {
  return makePackage(folder, content, options, async (work, tree, making) => {
    const top = `${name}-${making.version}`
    const owner = ['--owner=0', '--group=0', '--numeric-owner', `--mtime=@${secondsOf(making)}`, '--sort=name', '--format=gnu']
    const tar = await runTool('tar', ['-C', tree, ...owner, `--transform=s,^[.],${top},`, '-c', '.'])
    const made = join(work, `${top}-linux-${making.arch.npm}.tar.gz`)
    await pipeline(Readable.from([tar]), createGzip({ level: options.isQuick ? 1 : 9 }), createWriteStream(made))
    return made
  })
}
