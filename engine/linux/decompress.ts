import { spawn } from 'node:child_process'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Decompresses with the system's tool, for formats that Node does not know. */
export function decompressWith(tool: 'bzip2' | 'xz', source: Readable): Readable {
  const child = spawn(tool, ['--decompress', '--stdout'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const out = new PassThrough()
  child.once('error', (error) => out.destroy(error))
  pipeline(source, child.stdin).catch((error) => out.destroy(error))
  pipeline(child.stdout, out).catch((error) => out.destroy(error))
  return out
}
