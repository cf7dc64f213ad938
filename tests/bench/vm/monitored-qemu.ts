import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { QmpClient } from '../../../electron/hosts/vm/qemu/qmp.ts'

/**
 * A QEMU that has one monitor more, for us: that of its supervisor talks to one client at a time.
 * @param folder there, and empty
 */
export async function monitoredQemu(folder: string): Promise<{ readonly path: string; readonly connect: (signal: AbortSignal) => Promise<QmpClient> }> {
  const [bin, socket] = [join(folder, 'bin'), join(folder, 'monitor')]
  await mkdir(bin)
  const program = join(bin, 'qemu-system-x86_64')
  const path = process.env.PATH ?? ''
  await writeFile(program, `#!/bin/sh\nPATH='${path}'\nexec qemu-system-x86_64 "$@" -qmp 'unix:${socket},server=on,wait=off'\n`)
  await chmod(program, 0o755)
  return { path: `${bin}${delimiter}${path}`, connect: (signal) => QmpClient.connect(socket, signal) }
}
