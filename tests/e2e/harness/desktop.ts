import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { type DesktopRequest, desktopCommand } from '../../../build/desktop-command.ts'
import { type Outcome, run } from '../../harness/run.ts'
import { Display } from './display.ts'

/**
 * Holds the app back until Playwright has attached. Playwright itself passes it only to an `electron` package; without it,
 * one that attaches while the window opens its first page waits forever.
 */
const HOLD = fileURLToPath(new URL('../../../node_modules/playwright-core/lib/server/electron/loader.js', import.meta.url))

type DesktopMore = Pick<DesktopRequest, 'vm' | 'engineHost' | 'systemSocket'> & {
  readonly home?: string
  readonly dockerConfig?: string
  readonly environment?: NodeJS.ProcessEnv
  readonly under?: readonly string[]
  readonly firstRun?: boolean
}

/** The real window on a private display, with a state folder of its own. `await using` it. */
export class Desktop implements AsyncDisposable {
  readonly app: ElectronApplication
  readonly page: Page
  /** A second start of the app with the same state folder, on the same display. */
  readonly startAgain: () => Promise<Outcome>
  readonly #owned: AsyncDisposableStack

  /** Starts the window on an engine's socket and waits for its page. @param more of its command line, `home` for virtual machines, the docker command's folder, its own unless said, variables of a person's, what it is started by, e.g. {@link underAdministrator}, and whether nobody has seen the window yet */
  static async open(
    engineSocket: string,
    engineCommand?: readonly string[],
    { home, dockerConfig, environment: ofPerson, under, firstRun = false, ...more }: DesktopMore = {},
  ): Promise<Desktop> {
    await using owned = new AsyncDisposableStack()
    const display = owned.use(await Display.open())
    const userDataDir = await mkdtemp(join(tmpdir(), 'er-desktop-'))
    owned.defer(() => rm(userDataDir, { recursive: true, force: true }))
    if (!firstRun) await writeFile(join(userDataDir, 'settings.json'), '{"hasSeenFirstRun":true}')
    const { command, args, env } = await desktopCommand({ engineSocket, engineCommand, userDataDir, systemSocket: join(userDataDir, 'docker.sock'), ...more })
    const environment = {
      ...process.env,
      ...env,
      ...ofPerson,
      DISPLAY: display.name,
      // The window speaks as the system does, and what tests look for is English.
      LANGUAGE: 'en',
      DOCKER_CONFIG: dockerConfig ?? join(userDataDir, 'docker'),
      ...(home !== undefined && { ENGINEROOM_HOME: home }),
    }
    const definedEnvironment = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const executablePath = under ? await program(join(userDataDir, 'start'), [...under, command]) : command
    const app = await _electron.launch({ executablePath, args: ['-r', HOLD, ...args], env: Object.fromEntries(definedEnvironment) })
    owned.defer(() => app.close())
    const page = await app.firstWindow()
    return new Desktop(app, page, () => run(command, args, { env: environment }), owned.move())
  }

  private constructor(app: ElectronApplication, page: Page, startAgain: () => Promise<Outcome>, owned: AsyncDisposableStack) {
    this.app = app
    this.page = page
    this.startAgain = startAgain
    this.#owned = owned
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}

/** One program in place of words, as Playwright puts its own first behind it. */
async function program(path: string, words: readonly string[]): Promise<string> {
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
  await writeFile(path, `#!/bin/sh\nexec ${quoted.join(' ')} "$@"\n`, { mode: 0o755 })
  return path
}
