import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../../../build/packages/shipped.ts'
import { run } from '../../harness/run.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-packages-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Makes all packages, as a person does. @returns what is in each, by its name */
async function packagesOf(checkout: string, out: string, umask: string, env: Readonly<Record<string, string>>): Promise<Map<string, Buffer>> {
  const make = 'node=$0; "$node" build/packages/main.ts --quick --out "$1" && exec "$node" build/packages/main.ts --quick --out "$1" --only vm'
  const { code, stderr } = await run('sh', ['-c', `umask ${umask} && ${make}`, process.execPath, out], { cwd: checkout, env, timeoutMs: 600_000 })
  if (code !== 0) throw new Error(stderr)
  return new Map(await Promise.all((await readdir(out)).sort().map(async (name) => [name, await readFile(join(out, name))] as const)))
}

test('the same sources make the same packages, byte by byte, wherever they lie, in whatever zone of time and whatever the umask of who makes them', async () => {
  const first = await packagesOf(ROOT, join(folder, 'first'), '022', { TZ: 'UTC' })
  const elsewhere = join(folder, 'elsewhere/a-checkout')
  await mkdir(elsewhere, { recursive: true })
  await cp(ROOT, elsewhere, { recursive: true, verbatimSymlinks: true })
  const second = await packagesOf(elsewhere, join(folder, 'second'), '077', { TZ: 'Asia/Tokyo' })
  expect([...first.keys()].join()).toMatch(/engineroom-vm.*[.]deb/)
  expect([...second.keys()]).toEqual([...first.keys()])
  expect([...first.keys()].filter((name) => !second.get(name)?.equals(first.get(name) ?? Buffer.alloc(0)))).toEqual([])
}, 1_200_000)
