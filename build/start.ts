import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError } from '../engine/daemon/configuration-error.ts'
import { desktopCommand } from './desktop-command.ts'
import { EngineProcess, engineroom, isAnswering } from './engine-process.ts'
import { type ShippedImage, shippedImages } from './hello-image.ts'
import { type StartOptions, startOptions } from './start-options.ts'

/**
 * `npm start`: the engine, a first container, and what a person needs to go on. The set-up (build/setup.mjs) has run.
 */
async function main(): Promise<number> {
  const options = startOptions(process.argv.slice(2))
  const { socketPath, exits } = options
  if (process.getuid?.() !== 0 && !(await isAnswering(socketPath))) {
    throw new ConfigurationError('the native engine mounts file systems and makes networks, which takes root: sudo npm start')
  }
  const isOurs = !(await isAnswering(socketPath))
  if (!isOurs) say(`an engine is running already on ${socketPath}`)
  const engine = isOurs ? await timed('starting the engine', () => EngineProcess.start(options.daemonArgs, socketPath)) : undefined
  const interrupted = told(['SIGINT', 'SIGTERM'])
  try {
    await loadShippedImages(socketPath)
    await runFirstContainer(socketPath)
    if (exits) return 0
    await showTheWayOn(options)
    if (!engine) return 0
    const code = await Promise.race([engine.ended(), interrupted])
    if (code !== 'told') throw new Error(`the engine ended with exit code ${code}: see its message above`)
    return 0
  } finally {
    await engine?.stop()
    if (engine) sayWhatGoesOn(options)
  }
}

/** Those that this engine does not have yet. */
async function loadShippedImages(socketPath: string): Promise<void> {
  const wanted: ShippedImage[] = ['busybox:latest', 'engineroom/hello:latest']
  const { stdout } = await engineroom(socketPath, ['images', '--format', '{{.Repository}}:{{.Tag}}'])
  const missing = wanted.filter((name) => !stdout.split('\n').includes(name))
  if (missing.length === 0) return
  await timed(`loading the images that ship with Engineroom: ${missing.join(', ')}`, async () => {
    const { code } = await engineroom(socketPath, ['load', '--quiet'], { input: await shippedImages(missing) })
    if (code !== 0) throw new Error('the images that ship with Engineroom could not be loaded')
  })
}

async function runFirstContainer(socketPath: string): Promise<void> {
  say('running a first container: engineroom run --rm engineroom/hello')
  const { code, stdout } = await engineroom(socketPath, ['run', '--rm', 'engineroom/hello'])
  print(`\n${stdout.replace(/^/gm, '  ').trimEnd()}\n`)
  if (code !== 0) throw new Error(`the first container ended with exit code ${code}`)
}

async function showTheWayOn({ socketPath, execRoot }: StartOptions): Promise<void> {
  const hasDisplay = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
  print(`Engineroom runs.\n`)
  print(`  socket        ${socketPath}`)
  print(`  docker CLI    export DOCKER_HOST=unix://${socketPath}`)
  print('  our client    ./engineroom ps')
  if (hasDisplay) await openWindow(socketPath)
  else print(`  web console   ${readFileSync(join(execRoot, 'web-console'), 'utf8').trim()}`)
  print('  stop          Ctrl-C: the engine ends, running containers go on and are found again at the next start\n')
}

/** The window is the person's to close; the engine goes on without it. */
async function openWindow(socketPath: string): Promise<void> {
  const { command, args, env } = await desktopCommand({ engineSocket: socketPath, say })
  spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore', detached: true }).unref()
  print('  window        opening on your display')
}

/** The engine cannot be asked any more; the OCI runtime keeps one folder for each container that runs. */
function sayWhatGoesOn({ execRoot }: StartOptions): void {
  const running = globSync('*/runtime/*', { cwd: execRoot }).length
  say(
    running === 0
      ? 'the engine has stopped; no container was running'
      : `the engine has stopped; ${running === 1 ? 'one container goes' : `${running} containers go`} on running`,
  )
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  say(what)
  const result = await work()
  say(`${what}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return result
}

function told(signals: readonly NodeJS.Signals[]): Promise<'told'> {
  const { promise, resolve } = Promise.withResolvers<'told'>()
  for (const signal of signals) process.once(signal, () => resolve('told'))
  return promise
}

/** Talk goes to standard error, results to standard output. */
function say(text: string): void {
  process.stderr.write(`• ${text}\n`)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isPlain = error instanceof ConfigurationError || (error instanceof Error && error.constructor === Error)
  process.stderr.write(`\nnpm start: ${isPlain ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
