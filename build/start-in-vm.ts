import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ControlClient } from '../electron/hosts/vm/supervisor/control-client.ts'
import { DEFAULT_NAME, vmFolder } from '../electron/hosts/vm/vm-folder.ts'
import { defaultRunFolder } from '../engine/daemon/default-folders.ts'
import { LAUNCHER } from './engine-process.ts'
import { loadShippedImages, runFirstContainer } from './first-container.ts'
import { hasDisplay, openWindow } from './open-window.ts'
import { print, say, told } from './talk.ts'
import { installVmPackages } from './vm-packages.ts'

/**
 * `npm start -- --vm [--exit] [flags of vm start]`: the engine in a virtual machine, a first container in it, and what a
 * person needs to go on. A machine that ran before goes on; one that we started ends with us.
 */
export async function startInVm(argv: readonly string[]): Promise<number> {
  const exits = argv.includes('--exit')
  const flags = argv.filter((word) => word !== '--exit')
  const name = nameIn(flags)
  const { engineSocket, controlSocket } = vmFolder(name)
  installVmPackages()
  const interrupted = told(['SIGINT', 'SIGTERM'])
  const isOurs = spawnSync(LAUNCHER, ['vm', 'status', '--name', name], { stdio: 'ignore' }).status !== 0
  if (isOurs) say('starting the virtual machine that the engine is in')
  // It shows the boot, too.
  if (hasDisplay() && !exits)
    await openWindow({ engineSocket: join(defaultRunFolder(), 'docker.sock'), engineCommand: [LAUNCHER, 'daemon'], vm: name, engineHost: 'vm' })
  await vm('start', ...flags)
  try {
    await loadShippedImages(engineSocket)
    await runFirstContainer(engineSocket)
    if (exits) return 0
    showTheWayOn(engineSocket, isOurs)
    if (!isOurs) return 0
    const end = await Promise.race([interrupted, endOf(new ControlClient(controlSocket))])
    if (end === 'failed') throw new Error('the virtual machine went off: engineroom vm status says why')
    if (end !== 'told') say('the virtual machine was stopped')
    return 0
  } finally {
    if (isOurs) await vm('stop', '--name', name)
  }
}

/** Resolves when the machine is off for good. @returns the state that was heard last */
async function endOf(control: ControlClient): Promise<string> {
  let last = 'stopped'
  for await (const { state } of control.follow()) last = state
  return last
}

function showTheWayOn(engineSocket: string, isOurs: boolean): void {
  print('Engineroom runs, in a virtual machine.\n')
  print(`  socket        ${engineSocket}`)
  print(`  docker CLI    export DOCKER_HOST=unix://${engineSocket}`)
  print('  its state     ./engineroom vm status')
  print(`  stop          ${isOurs ? 'Ctrl-C: the virtual machine shuts down, and containers end; what they have written stays' : './engineroom vm stop'}\n`)
}

/** The others are flags of `vm start`, which refuses what it does not know. */
function nameIn(flags: readonly string[]): string {
  const { values } = parseArgs({ args: [...flags], strict: false, options: { name: { type: 'string' } } })
  return typeof values.name === 'string' ? values.name : DEFAULT_NAME
}

/**
 * One of the VM's commands, in the foreground; a group of its own, so that Ctrl-C in the terminal reaches us alone.
 * @throws Error when it fails; it has said why
 */
async function vm(...args: readonly string[]): Promise<void> {
  const child = spawn(LAUNCHER, ['vm', ...args], { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`engineroom vm ${args[0]} failed: see its message above`)
}
