import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Builder, outcomeOf } from '../build-corpus/outcome.ts'
import { RECIPES, type Recipe } from '../build-corpus/recipes.ts'
import { serveFiles } from '../build-corpus/web-files.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { withBuildx } from './plugin.ts'

/** The Dockerfiles of the corpus, by `docker build` with buildx at one daemon and by the classic builder at another: the same must come out. */

const CORPUS = fileURLToPath(new URL('../build-corpus/', import.meta.url))

let classic: TestDaemon
let daemon: TestDaemon
let byBuildx: Builder
let folder: string
let web: Awaited<ReturnType<typeof serveFiles>>
beforeAll(async () => {
  ;[classic, daemon, web] = await Promise.all([startDaemon(), startDaemon(), serveFiles()])
  folder = await mkdtemp('/tmp/er-buildx-')
  const env = await withBuildx(join(folder, 'config'))
  byBuildx = { socketPath: daemon.socketPath, docker: (args) => daemon.docker(args, { env }), api: (...call) => daemon.api(...call) }
})
afterAll(async () => {
  await Promise.all([classic[Symbol.asyncDispose](), daemon[Symbol.asyncDispose](), web[Symbol.asyncDispose]()])
  await rm(folder, { recursive: true, force: true })
})

async function contextOf(recipe: Recipe): Promise<string> {
  const context = join(folder, recipe.name)
  await cp(join(CORPUS, recipe.name), context, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('/expected.json') })
  const { code, stderr } = await run('sh', ['-ec', recipe.prepare ?? ':'], { cwd: context })
  if (code !== 0) throw new Error(`${recipe.name}: ${stderr}`)
  return context
}

/** What comes out otherwise, and why. */
const DIFFERS: Readonly<Record<string, string>> = {
  capabilities: 'attributes of files do not come over BuildKit’s protocol',
  'own-dockerignore': 'the classic client leaves out what .dockerignore says, also where the Dockerfile has a file of its own',
}

/** Clients end a failed build with codes of their own. */
const hasEndedWell = ({ end }: { readonly end: unknown }) => end === 'exit 0'

describe.each(RECIPES)('$name', (recipe) => {
  test('comes out the same', async () => {
    const context = await contextOf(recipe)
    const expected = await outcomeOf(classic, recipe, context, web.url)
    const result = await outcomeOf(byBuildx, recipe, context, web.url)
    expect(hasEndedWell(result)).toBe(hasEndedWell(expected))
    if (DIFFERS[recipe.name] === undefined) expect({ ...result, end: '' }).toEqual({ ...expected, end: '' })
    else expect({ ...result, end: '' }, 'no longer differs').not.toEqual({ ...expected, end: '' })
  })
})
