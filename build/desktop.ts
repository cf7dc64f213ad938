import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEFAULT_NAME, vmFolder } from '../electron/hosts/vm/vm-folder.ts'
import { defaultRunFolder } from '../engine/daemon/default-folders.ts'
import { type DesktopRequest, desktopCommand } from './desktop-command.ts'
import { LAUNCHER } from './engine-process.ts'
import { hasDisplay } from './open-window.ts'
import { say } from './talk.ts'
import { installVmPackages } from './vm-packages.ts'

const HELP = `Usage: engineroom desktop [--vm [--name NAME] | --engine-socket PATH]

Opens Engineroom's window and its tray menu.

Options:
      --vm                   show the engine in a virtual machine, which is started; without, where
                             you chose in the window that the engine runs
      --name NAME            which virtual machine (default "${DEFAULT_NAME}")
      --engine-socket PATH   unix socket of the engine to show (default: DOCKER_HOST, or our own socket)
      --help                 show this text
`

/** `engineroom desktop`: the window, until it is closed. @returns its exit code */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { vm: { type: 'boolean' }, name: { type: 'string' }, 'engine-socket': { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  if (!hasDisplay()) throw new Error('there is no display here (DISPLAY and WAYLAND_DISPLAY are not set); npm start offers the web console instead')
  const { vm: isVm = false, name = DEFAULT_NAME, 'engine-socket': socket } = values
  if (isVm && socket !== undefined) throw new Error('--vm and --engine-socket name two engines: choose one')
  if (isVm) installVmPackages()
  const { command, args, env } = await desktopCommand({ ...requestFor(socket, name, isVm), say })
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('exit', (code) => resolve(code ?? 1))
  return promise
}

/** A socket that a person named, here or by DOCKER_HOST, is that engine's and no other's. Only our own place is ours to start a daemon in. */
function requestFor(named: string | undefined, vm: string, isVm: boolean): DesktopRequest {
  const ownSocket = join(defaultRunFolder(), 'docker.sock')
  const fromHost = process.env.DOCKER_HOST?.startsWith('unix://') ? process.env.DOCKER_HOST.slice('unix://'.length) : undefined
  const own = { engineSocket: ownSocket, engineCommand: [LAUNCHER, 'daemon'], vm }
  if (isVm || (named ?? fromHost) === vmFolder(vm).engineSocket) return { ...own, engineHost: 'vm' }
  const engineSocket = named ?? fromHost ?? ownSocket
  return engineSocket === ownSocket ? own : { engineSocket }
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`engineroom desktop: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
