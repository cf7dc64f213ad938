import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from './harness/run.ts'

/** What the guest of a VM starts its engine from, as far as it can be looked at outside one. */

const ENGINE = fileURLToPath(new URL('../dist/engine/', import.meta.url))
const SCRIPT = join(ENGINE, 'daemon-snapshot.cjs')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-snapshot-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** @returns the lines that evaluating it has written */
async function makeSnapshot(path: string, script: string, flags: readonly string[] = []): Promise<string[]> {
  const { code, stderr } = await run(process.execPath, [...flags, '--no-warnings', '--snapshot-blob', path, '--build-snapshot', script])
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stderr.split('\n').filter((line) => line !== '')
}

it('can be made, and is the engine that it was made of', async () => {
  const blob = join(folder, 'engine')
  expect(await makeSnapshot(blob, SCRIPT)).toEqual([])
  const plain = await run(process.execPath, [join(ENGINE, 'daemon.mjs'), '--version'])
  expect(await run(process.execPath, ['--snapshot-blob', blob, 'daemon.mjs', '--version'])).toEqual(plain)
  expect(plain.code).toBe(0)
})

/** The flags of Node that the guest makes it with, and starts it with. */
async function guestFlags(): Promise<{ making: string[]; starting: string[] }> {
  const script = await readFile(fileURLToPath(new URL('../vm-assets/guest/engine', import.meta.url)), 'utf8')
  const making = /^flags='(.*)'$/m.exec(script)?.[1]?.split(' ') ?? []
  const [, more = ''] = /from="(.*) --snapshot-blob \$snapshot"$/m.exec(script) ?? []
  return { making, starting: [...making, ...more.split(' ')] }
}

it('has what V8 made of Node’s own modules, and takes it, with the flags that the guest has', async () => {
  const { making, starting } = await guestFlags()
  const blob = join(folder, 'kept')
  await makeSnapshot(blob, SCRIPT, making)
  const env = { NODE_DEBUG_NATIVE: 'CODE_CACHE' }
  const { code, stderr } = await run(process.execPath, [...starting, '--snapshot-blob', blob, 'daemon.mjs', '--log-level', 'none'], { env })
  const outcomes = stderr.match(/is (accepted|rejected)$/gm) ?? []
  expect([code, new Set(outcomes)]).toEqual([1, new Set(['is accepted'])])
})

it('does not start when bytes of it are broken, with the flags that the guest has', async () => {
  const { making, starting } = await guestFlags()
  const blob = join(folder, 'broken')
  await makeSnapshot(blob, SCRIPT, making)
  const start = () => run(process.execPath, [...starting, '--snapshot-blob', blob, 'daemon.mjs', '--version'])
  expect((await start()).code).toBe(0)
  const bytes = await readFile(blob)
  bytes.fill(0xa5, 2_048_000, 2_048_064)
  await writeFile(blob, bytes)
  expect((await start()).code).not.toBe(0)
})

it('leaves room for the threads that hash: with classes of crypto in it they would end the engine', async () => {
  const script = join(folder, 'threads.cjs')
  const said = "require('node:fs').writeSync(2, process.moduleLoadList.filter((name) => name.includes('internal/crypto/')).join())"
  await writeFile(script, `${await readFile(SCRIPT, 'utf8')}\n;${said}`)
  expect(await makeSnapshot(join(folder, 'threads'), script)).toEqual([])
})

/** Writes a line for each look at something that is another the next time, or on another machine. */
const WATCHED = `{
  const { writeSync } = require('node:fs')
  const told = (what) => writeSync(2, what + '\\n')
  const watch = (object, names) => {
    for (const name of names) {
      const plain = object[name]
      object[name] = (...args) => (told(name), plain.apply(object, args))
    }
  }
  const functions = (module) => Object.keys(module).filter((name) => typeof module[name] === 'function')
  watch(require('node:os'), functions(require('node:os')))
  watch(require('node:fs'), functions(require('node:fs')).filter((name) => /^(read|open|stat|lstat|exists|access).*Sync$/.test(name)))
  watch(require('node:crypto'), functions(require('node:crypto')).filter((name) => name.startsWith('random')))
  watch(Math, ['random'])
  watch(Date, ['now'])
  watch(performance, ['now'])
  watch(process, ['cwd', 'getuid', 'umask', 'hrtime'])
  const { env } = process
  const isOfNode = () => new Error().stack.includes('node:internal/util/colors')
  process.env = new Proxy(env, { get: (_, name) => (isOfNode() || told('env ' + String(name)), env[name]) })
}
`

it('has nothing of the time and the machine in it that it was made at', async () => {
  const script = join(folder, 'watched.cjs')
  await writeFile(script, WATCHED + (await readFile(SCRIPT, 'utf8')))
  // ws asks whether a faster part of its own is not wanted; we have none.
  expect(await makeSnapshot(join(folder, 'watched'), script)).toEqual(['env WS_NO_BUFFER_UTIL'])
})
