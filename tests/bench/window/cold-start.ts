import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { desktopCommand } from '../../../build/desktop-command.ts'
import { Display } from '../../e2e/harness/display.ts'
import { until } from '../../harness/until.ts'

/** One start of the app, in milliseconds. */
export interface ColdStart {
  /** From its launch to the list on the screen, as the app itself says in Troubleshoot. */
  readonly told: number
  /** The same by our clock, from before we launched it to when we saw that it had said so. */
  readonly seen: number
}

/**
 * Resolves when the app has said how long its start took, and a click on the first row has opened that container: what it calls
 * a list can be used.
 */
const USABLE = `new Promise((resolve) => {
  let found
  const look = () => {
    const kept = sessionStorage.getItem('engineroom-startup')
    if (kept && !found) {
      found = { told: JSON.parse(kept).ms, atMs: Date.now() }
      document.querySelector('[data-testid=container-row]').click()
    }
    if (found && document.querySelector('[data-testid=container-detail]')) resolve(found)
    else setTimeout(look, 10)
  }
  look()
})`

/** Starts of the app as a person starts it. The first ones of all fill its caches, and do not count. */
export async function coldStarts(engineSocket: string, rounds: number): Promise<ColdStart[]> {
  await using owned = new AsyncDisposableStack()
  const userDataDir = await mkdtemp(join(tmpdir(), 'er-cold-'))
  owned.defer(() => rm(userDataDir, { recursive: true, force: true }))
  await writeFile(join(userDataDir, 'settings.json'), '{"hasSeenFirstRun":true}')
  const found: ColdStart[] = []
  // V8 keeps what it has compiled of a script at its second run.
  for (let round = -2; round < rounds; round += 1) found.push(await coldStart(engineSocket, userDataDir))
  return found.slice(2)
}

async function coldStart(engineSocket: string, userDataDir: string): Promise<ColdStart> {
  await using owned = new AsyncDisposableStack()
  const display = owned.use(await Display.open())
  const { command, args, env } = await desktopCommand({ engineSocket, userDataDir, systemSocket: join(userDataDir, 'docker.sock') })
  const begunMs = Date.now()
  const child = spawn(command, ['--remote-debugging-port=0', ...args], {
    env: { ...process.env, ...env, DISPLAY: display.name },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  owned.defer(async () => {
    const ended = once(child, 'exit')
    child.kill()
    await ended
  })
  const lines = createInterface(child.stderr)
  const { promise: address, resolve, reject } = Promise.withResolvers<string>()
  lines.on('line', (line) => {
    const found = /DevTools listening on ws:\/\/([\d.:]+)/.exec(line)?.[1]
    if (found !== undefined) resolve(found)
  })
  lines.once('close', () => reject(new Error('the app ended before it had a page')))
  const where = await address
  const { told, atMs } = await until('the app to say how long it took', () => inPage<{ told: number; atMs: number }>(where, USABLE), 60_000)
  return { told, seen: atMs - begunMs }
}

/** What an expression comes to in the app's page; undefined as long as there is no page. @see Chrome DevTools Protocol, Runtime.evaluate */
async function inPage<T>(address: string, expression: string): Promise<T | undefined> {
  const pages = (await (await fetch(`http://${address}/json`)).json()) as { readonly type: string; readonly webSocketDebuggerUrl: string }[]
  const page = pages.find(({ type }) => type === 'page')
  if (!page) return undefined
  const socket = new WebSocket(page.webSocketDebuggerUrl)
  await once(socket, 'open')
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, awaitPromise: true, returnByValue: true } }))
  const [{ data }] = await once(socket, 'message')
  socket.close()
  const { result } = JSON.parse(data)
  // A page that is not ours yet has nowhere to keep it.
  return result?.exceptionDetails === undefined ? result?.result?.value : undefined
}
