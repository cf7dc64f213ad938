import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextFolder } from '../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import type { Outcome } from '../harness/run.ts'
import { withBuildx } from './plugin.ts'

/** `docker buildx bake`: files of targets, and targets that build on each other. */

const FILE = `
variable "TAG" {
  default = "one"
}
group "default" {
  targets = ["first", "second"]
}
target "common" {
  args = { WORD = "common" }
  labels = { "made.by" = "bake" }
}
target "first" {
  inherits = ["common"]
  tags = ["baked/first:\${TAG}"]
}
target "second" {
  inherits = ["first"]
  args = { WORD = "of the second" }
  tags = ["baked/second:\${TAG}"]
}
target "many" {
  inherits = ["common"]
  name = "many-\${number}"
  matrix = { number = ["1", "2", "3"] }
  args = { WORD = "number \${number}" }
  tags = ["baked/many:\${number}"]
}
target "on-second" {
  contexts = { base = "target:second", lib = "target:first" }
  dockerfile-inline = "FROM base\\nCOPY --from=lib /word /of-first\\nRUN --mount=from=lib,target=/lib cat /word /lib/word > /both\\n"
  tags = ["baked/on-second"]
}
target "on-that" {
  contexts = { that = "target:on-second" }
  dockerfile-inline = "FROM that AS same\\nFROM same\\nRUN cp /both /copied\\n"
  tags = ["baked/on-that"]
}
target "failing" {
  dockerfile-inline = "FROM busybox\\nRUN echo reason && exit 3\\n"
}
target "on-failing" {
  contexts = { base = "target:failing" }
  dockerfile-inline = "FROM base\\n"
}
`

let daemon: TestDaemon
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  daemon = await startDaemon()
  const files = { 'docker-bake.hcl': FILE, Dockerfile: 'FROM busybox\nARG WORD\nRUN echo $WORD > /word\nENV KEPT=yes\n' }
  folder = await contextFolder(daemon.root, files)
  environment = await withBuildx(join(daemon.root, 'docker-config'))
})
afterAll(() => daemon[Symbol.asyncDispose]())

function bake(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return daemon.docker(['buildx', 'bake', ...args], { env: { ...environment, ...env }, cwd: folder, timeoutMs: 100_000 })
}

/** Must succeed. @returns what it says of its steps */
async function baked(args: readonly string[], env?: Record<string, string>): Promise<string> {
  const { code, stderr } = await bake(args, env)
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  return stderr
}

const word = (name: string) => daemon.ok('run', '--rm', name, 'cat', '/word')

test('--print shows what would be built, with variables of the environment', async () => {
  const { code, stdout } = await bake(['--print', 'second'], { TAG: 'two' })
  const expected = { args: { WORD: 'of the second' }, labels: { 'made.by': 'bake' }, tags: ['baked/second:two'] }
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ target: { second: expect.objectContaining(expected) } })])
  expect(await daemon.ok('images', '--quiet', 'baked/second')).toBe('')
})

test('the targets of a group inherit from each other; a session that they share is taken', async () => {
  // What the client's library says when it gets no session.
  expect(await baked([])).not.toMatch(/http2|Unimplemented/)
  expect(await Promise.all([word('baked/first:one'), word('baked/second:one')])).toEqual(['common', 'of the second'])
  expect(await daemon.ok('image', 'inspect', '--format', '{{index .Config.Labels "made.by"}}', 'baked/second:one')).toBe('bake')
  const again = await baked([])
  expect(again.match(/ CACHED$/gm), again).toHaveLength(2)
})

test('a matrix gives targets, and --set goes before the file', async () => {
  await baked(['many', '--set', 'many-2.args.WORD=set', '--set', 'many-3.tags=baked/other:3', '--set', 'many-3.labels.more=1'])
  expect(await Promise.all(['baked/many:1', 'baked/many:2', 'baked/other:3'].map(word))).toEqual(['number 1', 'set', 'number 3'])
  expect(await daemon.ok('image', 'inspect', '--format', '{{.Config.Labels.more}}', 'baked/other:3')).toBe('1')
})

test('targets stand on each other, as bases and as sources of files', async () => {
  expect(await baked(['on-that'])).toContain('[on-second 1/3] FROM base')
  expect(await daemon.ok('run', '--rm', 'baked/on-that', 'sh', '-c', 'cat /copied /of-first; echo $KEPT')).toBe('of the second\ncommon\ncommon\nyes')
  expect(await daemon.ok('images', '--quiet', 'baked/on-second')).toBe('')
  expect((await baked(['on-that', 'on-second'])).match(/ CACHED$/gm)?.length).toBeGreaterThan(4)
  expect(await word('baked/on-second')).toBe('of the second')
})

test('a target that fails is named, also with one that stands on it', async () => {
  const { code, stderr } = await bake(['on-failing'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('target failing: failed to solve: process "/bin/sh -c echo reason && exit 3"')])
  expect(stderr).toContain('   2 | >>> RUN echo reason && exit 3\n')
})

test('what is not there is said by its name', async () => {
  expect((await bake(['nowhere'])).stderr).toContain('failed to find target nowhere')
  const { code, stderr } = await bake(['first', '--set', 'first.platform=linux/amd64,linux/arm64'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('a build for several platforms (linux/amd64,linux/arm64) is not implemented by this engine')])
})
