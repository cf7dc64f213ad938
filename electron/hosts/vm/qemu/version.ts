import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { codeOf, messageOf } from '../../../errors.ts'
import { PlainError } from '../../plain-error.ts'

/**
 * What a QEMU says of its version, in a line. @throws PlainError when there is none, or it does not run; the signal's reason
 */
export async function qemuVersion(program: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { signal })
    return stdout.split('\n', 1)[0] ?? ''
  } catch (error) {
    signal.throwIfAborted()
    if (codeOf(error) === 'ENOENT') throw new PlainError(`${program} is not installed.`, 'On Debian: apt-get install qemu-system-x86 (or qemu-system-arm)')
    throw new PlainError(`${program} does not run: ${messageOf(error)}`)
  }
}
