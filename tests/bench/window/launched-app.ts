import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { desktopCommand } from '../../../build/desktop-command.ts'
import { Display } from '../../e2e/harness/display.ts'

interface Target {
  readonly type: string
  readonly webSocketDebuggerUrl: string
}

/** The app as a person launches it, on a display of its own: Playwright would keep its page visible whatever becomes of the window. */
export class LaunchedApp implements AsyncDisposable {
  /** From before it was launched, in milliseconds since 1970. */
  readonly begunMs: number
  readonly #child: ChildProcess
  /** HOST:PORT of where pages, and the main process, are spoken to. */
  readonly #pages: string
  readonly #main: string
  readonly #owned: AsyncDisposableStack

  static async open(engineSocket: string, userDataDir: string): Promise<LaunchedApp> {
    await using owned = new AsyncDisposableStack()
    const display = owned.use(await Display.open())
    const { command, args, env } = await desktopCommand({ engineSocket, userDataDir, systemSocket: `${userDataDir}/docker.sock` })
    const begunMs = Date.now()
    const child = spawn(command, ['--inspect=127.0.0.1:0', '--remote-debugging-port=0', ...args], {
      env: { ...process.env, ...env, DISPLAY: display.name },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    owned.defer(async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    })
    const lines = createInterface(child.stderr)
    const { promise: ended, reject } = Promise.withResolvers<never>()
    lines.once('close', () => reject(new Error('the app ended before it had a page')))
    ended.catch(() => undefined) // Later it ends because we end it.
    const said = (pattern: RegExp) => {
      const { promise, resolve } = Promise.withResolvers<string>()
      lines.on('line', (line) => {
        const found = pattern.exec(line)?.[1]
        if (found !== undefined) resolve(found)
      })
      return Promise.race([promise, ended])
    }
    const [main, pages] = await Promise.all([said(/Debugger listening on ws:\/\/([\d.:]+)/), said(/DevTools listening on ws:\/\/([\d.:]+)/)])
    return new LaunchedApp(child, { begunMs, main, pages }, owned.move())
  }

  private constructor(child: ChildProcess, at: { readonly begunMs: number; readonly main: string; readonly pages: string }, owned: AsyncDisposableStack) {
    this.begunMs = at.begunMs
    this.#child = child
    this.#pages = at.pages
    this.#main = at.main
    this.#owned = owned
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** What an expression comes to in the app's page; undefined as long as there is no page, or one that is not ours yet. */
  inPage<T>(expression: string): Promise<T | undefined> {
    return evaluated(this.#pages, 'page', { expression })
  }

  /** The same in the main process, where `require` is there. */
  inMain<T>(expression: string): Promise<T | undefined> {
    return evaluated(this.#main, 'node', { expression, includeCommandLineAPI: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}

/** @see Chrome DevTools Protocol, Runtime.evaluate */
async function evaluated<T>(address: string, type: string, params: object): Promise<T | undefined> {
  const targets = (await (await fetch(`http://${address}/json`)).json()) as readonly Target[]
  const target = targets.find((one) => one.type === type)
  if (!target) return undefined
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await once(socket, 'open')
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { ...params, awaitPromise: true, returnByValue: true } }))
  const [{ data }] = await once(socket, 'message')
  socket.close()
  const { result } = JSON.parse(data)
  return result?.exceptionDetails === undefined ? result?.result?.value : undefined
}
