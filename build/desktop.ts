import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaultRunFolder } from '../engine/daemon/default-folders.ts'
import { desktopCommand } from './desktop-command.ts'

const HELP = `Usage: engineroom desktop [--engine-socket PATH]

Opens Engineroom's window and its tray menu.

Options:
      --engine-socket PATH   unix socket of the engine to show (default: DOCKER_HOST, or our own socket)
      --help                 show this text
`

/** `engineroom desktop`: the window, until it is closed. @returns its exit code */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { 'engine-socket': { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    throw new Error('there is no display here (DISPLAY and WAYLAND_DISPLAY are not set); npm start offers the web console instead')
  const fromHost = process.env.DOCKER_HOST?.startsWith('unix://') ? process.env.DOCKER_HOST.slice('unix://'.length) : undefined
  const ownSocket = join(defaultRunFolder(), 'docker.sock')
  const engineSocket = values['engine-socket'] ?? fromHost ?? ownSocket
  const { command, args, env } = await desktopCommand({
    engineSocket,
    // Only our own place is ours to start a daemon in.
    ...(engineSocket === ownSocket && { engineCommand: [fileURLToPath(new URL('../engineroom', import.meta.url)), 'daemon'] }),
    say: (text) => process.stderr.write(`• ${text}\n`),
  })
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('exit', (code) => resolve(code ?? 1))
  return promise
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`engineroom desktop: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
