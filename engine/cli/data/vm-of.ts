import { access } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '../../errors.ts'

/** A virtual machine whose engine answers on a socket: it need not run. */
export interface VmOfSocket {
  /** Where its person's virtual machines are: `ENGINEROOM_HOME`. */
  readonly home: string
  readonly name: string
}

/** Which virtual machine a socket leads into, by where the socket is. @see docs/vm.md @returns undefined for any other socket */
export async function vmOf(socketPath: string): Promise<VmOfSocket | undefined> {
  const [folder, file] = [dirname(socketPath), basename(socketPath)]
  if (basename(folder) !== 'run' || !file.endsWith('.sock')) return undefined
  const [home, socket] = [dirname(folder), basename(file, '.sock')]
  const name = socket === 'docker' ? 'default' : socket
  try {
    await access(join(home, 'vm', name, 'settings.json'))
    return { home, name }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return undefined
    throw error
  }
}
