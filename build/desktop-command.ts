import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { electronRuntime } from './electron-runtime.ts'
import { LAUNCHER } from './engine-process.ts'

const MAIN = fileURLToPath(new URL('../dist/electron/main.cjs', import.meta.url))

export interface DesktopRequest {
  /** The unix socket of the engine that the window shows. */
  readonly engineSocket: string
  /** What starts that engine, so that the window can offer it when it is away. */
  readonly engineCommand?: readonly string[]
  /** The virtual machine that may have the engine instead. */
  readonly vm?: string
  /** Where to look for the engine now; without, where the person chose in the window. */
  readonly engineHost?: 'native' | 'vm'
  /** Where the window keeps its own state; one instance of the app for each. */
  readonly userDataDir?: string
  /** Where programs look that know no other place; /var/run/docker.sock unless said. */
  readonly systemSocket?: string
  /** Told what takes long. */
  readonly say?: (text: string) => void
}

export interface DesktopCommand {
  readonly command: string
  readonly args: string[]
  /** On top of the environment of whoever starts it. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * How the desktop is started on this machine: for the launcher, and for tests that drive it. Both runtimes that we know
 * take the same command line, `electron [switches] main.cjs [ours]`.
 * @throws Error when there is no Electron to be had
 */
export async function desktopCommand({ engineSocket, engineCommand, vm, engineHost, userDataDir, systemSocket, say }: DesktopRequest): Promise<DesktopCommand> {
  const { executablePath } = await electronRuntime(say)
  return {
    command: executablePath,
    args: [
      // Chromium refuses to run as root inside its own sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      // Without a graphics card the attempt costs seconds and ends in software all the same.
      ...(process.platform === 'linux' && !existsSync('/dev/dri') ? ['--disable-gpu'] : []),
      ...(userDataDir ? [`--user-data-dir=${userDataDir}`] : []),
      MAIN,
      `--engine-socket=${engineSocket}`,
      ...(engineCommand ? [`--engine-command=${JSON.stringify(engineCommand)}`] : []),
      ...(vm === undefined ? [] : [`--vm=${vm}`, `--vm-command=${JSON.stringify([LAUNCHER, 'vm'])}`]),
      ...(engineHost === undefined ? [] : [`--engine-host=${engineHost}`]),
      ...(systemSocket === undefined ? [] : [`--system-socket=${systemSocket}`]),
    ],
    // Set, it would make the window a plain Node.
    env: { ELECTRON_RUN_AS_NODE: undefined },
  }
}
