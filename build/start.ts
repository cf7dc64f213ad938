import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_NAME } from '../electron/hosts/vm/vm-folder.ts'
import { ConfigurationError } from '../engine/daemon/configuration-error.ts'
import { EngineProcess, isAnswering } from './engine-process.ts'
import { loadShippedImages, runFirstContainer } from './first-container.ts'
import { hasDisplay, openWindow } from './open-window.ts'
import { startInVm } from './start-in-vm.ts'
import { type StartOptions, startOptions } from './start-options.ts'
import { print, say, timed, told } from './talk.ts'

/**
 * `npm start`: the engine, a first container, and what a person needs to go on. The set-up (build/setup.mjs) has run.
 */
async function main(): Promise<number> {
  const argv = process.argv.slice(2)
  if (argv.includes('--vm')) return startInVm(argv.filter((word) => word !== '--vm'))
  const options = startOptions(argv)
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
    if (engine) await sayWhatGoesOn(options)
  }
}

async function showTheWayOn({ socketPath, execRoot }: StartOptions): Promise<void> {
  print(`Engineroom runs.\n`)
  print(`  socket        ${socketPath}`)
  print(`  docker CLI    export DOCKER_HOST=unix://${socketPath}`)
  print('  our client    ./engineroom ps')
  if (hasDisplay()) await openWindow({ engineSocket: socketPath, vm: DEFAULT_NAME, engineHost: 'native' })
  else print(`  web console   ${readFileSync(join(execRoot, 'web-console'), 'utf8').trim()}`)
  print('  stop          Ctrl-C: the engine ends, running containers go on and are found again at the next start\n')
}

/** The engine cannot be asked any more; the OCI runtime keeps one folder for each container that runs. Who only tried it has the kernel back as it was. */
async function sayWhatGoesOn({ exits, daemonArgs, execRoot }: StartOptions): Promise<void> {
  const running = globSync('*/runtime/*', { cwd: execRoot }).length
  say(
    running === 0
      ? 'the engine has stopped; no container was running'
      : `the engine has stopped; ${running === 1 ? 'one container goes' : `${running} containers go`} on running`,
  )
  if (exits && running === 0) await EngineProcess.leaveHost(daemonArgs)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isPlain = error instanceof ConfigurationError || (error instanceof Error && error.constructor === Error)
  process.stderr.write(`\nnpm start: ${isPlain ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
