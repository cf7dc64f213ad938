import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Peer } from '../bench/peer.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { type Builder, filesOf, outcomeOf, type Result } from './outcome.ts'
import { type Aspect, RECIPES, type Recipe } from './recipes.ts'
import { serveFiles } from './web-files.ts'

/**
 * Dockerfiles in the shapes of well-known images, built by our daemon and by the classic builder of a real dockerd 20.10
 * from the same busybox: the same files, configuration, history and behaviour must come out.
 * `BUILD_CORPUS=write` writes what came out of ours to the `expected.json` of those that dockerd cannot build.
 */

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const ASPECTS: readonly Aspect[] = ['end', 'files', 'config', 'history', 'run']

interface Results {
  readonly ours: Result
  readonly expected: Result
}

const results = new Map<Recipe, Promise<Results>>()

let ours: TestDaemon
let dockerd: Peer
let contexts: string
let web: Awaited<ReturnType<typeof serveFiles>>

beforeAll(async () => {
  contexts = await mkdtemp('/tmp/er-corpus-')
  ;[ours, dockerd, web] = await Promise.all([startDaemon(), Peer.create('dockerd', ['--bridge=none', '--iptables=false', '--ip6tables=false']), serveFiles()])
  for (const recipe of RECIPES) await prepare(recipe)
  const byOurs = inOrder(ours)
  const byDockerd = inOrder(dockerd)
  for (const recipe of RECIPES) {
    const both = recipe.beyondClassic === undefined ? bothOf(byOurs(recipe), byDockerd(recipe)) : againstDocument(recipe, byOurs(recipe))
    both.catch(() => undefined) // The test of this recipe says so.
    results.set(recipe, both)
  }
})

afterAll(async () => {
  await Promise.allSettled(results.values())
  await Promise.all([ours[Symbol.asyncDispose](), dockerd[Symbol.asyncDispose](), web[Symbol.asyncDispose]()])
  await rm(contexts, { recursive: true, force: true })
})

/** Builds one recipe after the other; the answers come as they are ready. */
function inOrder(builder: Builder): (recipe: Recipe) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (recipe) => {
    const mine = last.then(() => outcomeOf(builder, recipe, join(contexts, recipe.name), web.url))
    last = mine.catch(() => undefined)
    return mine
  }
}

async function prepare(recipe: Recipe): Promise<void> {
  const context = join(contexts, recipe.name)
  await cp(join(FOLDER, recipe.name), context, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('/expected.json') })
  const { code, stderr } = await run('sh', ['-ec', recipe.prepare ?? ':'], { cwd: context })
  if (code !== 0) throw new Error(`${recipe.name}: ${stderr}`)
}

async function bothOf(ours: Promise<Result>, dockerd: Promise<Result>): Promise<Results> {
  const [first, second] = await Promise.all([ours, dockerd])
  return { ours: first, expected: second }
}

/** Only files that busybox has not are written down. */
async function againstDocument({ name }: Recipe, building: Promise<Result>): Promise<Results> {
  const [result, base] = await Promise.all([building, baseFiles()])
  const ours = { ...result, files: result.files.filter((line) => !base.has(line)) }
  const path = join(FOLDER, name, 'expected.json')
  if (process.env.BUILD_CORPUS === 'write') await writeFile(path, `${JSON.stringify(ours, null, 2)}\n`)
  return { ours, expected: JSON.parse(await readFile(path, 'utf8')) as Result }
}

let base: Promise<Set<string>> | undefined
function baseFiles(): Promise<Set<string>> {
  base ??= filesOf(ours, 'busybox').then((files) => new Set(files))
  return base
}

test('every folder is a recipe', async () => {
  const folders = (await readdir(FOLDER, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  expect(folders.map(({ name }) => name).sort()).toEqual(RECIPES.map(({ name }) => name).sort())
})

describe.each(RECIPES)('$name', (recipe) => {
  test(recipe.beyondClassic === undefined ? 'comes out as with the classic builder of dockerd' : 'comes out as is written down', async () => {
    const { ours, expected } = (await results.get(recipe)) ?? {}
    for (const aspect of ASPECTS) {
      if (recipe.differs?.[aspect] === undefined) expect(ours?.[aspect], aspect).toEqual(expected?.[aspect])
      else expect(ours?.[aspect], `${aspect} no longer differs: its reason can go`).not.toEqual(expected?.[aspect])
    }
  })
})
