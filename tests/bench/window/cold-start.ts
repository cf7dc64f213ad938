import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../harness/until.ts'
import { LaunchedApp } from './launched-app.ts'

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

/** Of a person who has seen the window before. */
export async function settingsFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'er-launched-'))
  await writeFile(join(path, 'settings.json'), '{"hasSeenFirstRun":true}')
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Resolves when a click on a row has opened its container. */
export async function usable(app: LaunchedApp): Promise<{ readonly told: number; readonly atMs: number }> {
  return until('the app to say how long it took', () => app.inPage<{ told: number; atMs: number }>(USABLE), 60_000)
}

/** Starts of the app as a person starts it. The first ones of all fill its caches, and do not count. */
export async function coldStarts(engineSocket: string, rounds: number): Promise<ColdStart[]> {
  await using settings = await settingsFolder()
  const found: ColdStart[] = []
  // V8 keeps what it has compiled of a script at its second run.
  for (let round = -2; round < rounds; round += 1) found.push(await coldStart(engineSocket, settings.path))
  return found.slice(2)
}

async function coldStart(engineSocket: string, userDataDir: string): Promise<ColdStart> {
  await using app = await LaunchedApp.open(engineSocket, userDataDir)
  const { told, atMs } = await usable(app)
  return { told, seen: atMs - app.begunMs }
}
