import { spawn } from 'node:child_process'
import { PassThrough, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { ToolError } from './run.ts'

/**
 * Decompresses with the system's tool, for formats that Node does not know. The stream fails with a ToolError when the
 * tool is missing or the data is damaged, even if that shows only at the end.
 */
export function decompressWith(tool: 'bzip2' | 'xz', source: Readable): Readable {
  const command = [tool, '--decompress', '--stdout']
  const child = spawn(tool, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
  const complaint = text(child.stderr)
  const out = new PassThrough()
  child.once('error', (cause) => out.destroy(new ToolError(command, { exitCode: null, signal: null, stderr: cause.message, cause })))
  child.once('close', async (exitCode, signal) => {
    if (exitCode === 0) out.end()
    else out.destroy(new ToolError(command, { exitCode, signal, stderr: await complaint }))
  })
  out.once('close', () => child.kill())
  pipeline(source, child.stdin).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') out.destroy(error) // A broken pipe: the tool says itself what it did not like.
  })
  pipeline(child.stdout, out, { end: false }).catch((error) => out.destroy(error))
  return out
}
