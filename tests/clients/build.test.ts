import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { contextFolder } from '../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import type { Outcome } from '../harness/run.ts'

/** `docker build` of today's client, without buildx and with it: what a person sees, and what comes out. */

let daemon: TestDaemon
let folder: string
let context: string
let failing: string
beforeAll(async () => {
  daemon = await startDaemon()
  folder = await mkdtemp('/tmp/er-client-build-')
  context = await contextFolder(folder, {
    Dockerfile: 'FROM busybox\nARG WORD\nCOPY file /\nRUN echo $WORD >> /file\nCMD ["cat", "/file"]\n',
    file: 'copied\n',
  })
  failing = await contextFolder(folder, { Dockerfile: 'FROM busybox\nRUN echo reason && exit 3\n' })
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const LEGACY = 'DEPRECATED: The legacy builder is deprecated and will be removed in a future release.\n'

/** As a person's shell has it: `undefined` is a variable that is not set. */
function build(buildkit: string | undefined, ...args: string[]): Promise<Outcome> {
  return daemon.docker(['build', ...args], { env: { DOCKER_BUILDKIT: buildkit, BUILDKIT_PROGRESS: 'plain' }, timeoutMs: 100_000 })
}

/** The image is the one that the Dockerfile says. */
async function isRight(tag: string, word: string): Promise<void> {
  expect(await daemon.ok('run', '--rm', tag)).toBe(`copied\n${word}`)
}

describe('without buildx', () => {
  beforeEach(() => writeFile(join(daemon.root, 'docker-config/config.json'), '{}'))

  test.each([
    ['unset', undefined, 'Install the buildx component to build images with BuildKit:'],
    ['0', '0', 'BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0'],
  ])('DOCKER_BUILDKIT %s: the classic builder, and the client says what it thinks of it', async (name, buildkit, advice) => {
    const { code, stdout, stderr } = await build(buildkit, '-t', `without:${name}`, '--build-arg', `WORD=${name}`, context)
    expect([code, stderr]).toEqual([0, expect.stringContaining(LEGACY)])
    expect(stderr).toContain(advice)
    expect(stdout).toMatch(/^Step 5\/5 : CMD \["cat", "\/file"\]$/m)
    expect(stdout).toMatch(new RegExp(`\nSuccessfully built [0-9a-f]{12}\nSuccessfully tagged without:${name}\n$`))
    await isRight(`without:${name}`, name)
    const failed = await build(buildkit, failing)
    expect([failed.code, failed.stdout]).toEqual([3, expect.stringMatching(/^reason$/m)])
    expect(failed.stderr).toContain("The command '/bin/sh -c echo reason && exit 3' returned a non-zero code: 3")
  })

  test('DOCKER_BUILDKIT=1: the client refuses', async () => {
    const { code, stderr } = await build('1', context)
    expect([code, stderr]).toEqual([1, expect.stringContaining('ERROR: BuildKit is enabled but the buildx component is missing or broken.')])
  })
})

describe('with buildx', () => {
  beforeEach(() => writeFile(join(daemon.root, 'docker-config/config.json'), JSON.stringify({ cliPluginsExtraDirs: [dirname(inject('buildx'))] })))

  test.each([
    ['unset', undefined],
    ['1', '1'],
  ])('DOCKER_BUILDKIT %s: BuildKit', async (name, buildkit) => {
    const { code, stdout, stderr } = await build(buildkit, '-t', `with:${name}`, '--build-arg', `WORD=${name}`, context)
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).not.toMatch(/DEPRECATED|error|unsupported/i)
    for (const step of [
      'building with "default" instance using docker driver',
      '[internal] load build definition from Dockerfile',
      '[internal] load .dockerignore',
      '[internal] load build context',
      '[1/3] FROM busybox',
      '[2/3] COPY file /',
      '[3/3] RUN echo $WORD >> /file',
      'exporting to image',
    ])
      expect(stderr).toContain(step)
    expect(stderr).toContain(`naming to docker.io/library/with:${name} done`)
    await isRight(`with:${name}`, name)
    const failed = await build(buildkit, failing)
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/^#\d+ [\d.]+ reason$/m)])
    expect(failed.stderr).toContain('   2 | >>> RUN echo reason && exit 3\n')
    expect(failed.stderr).toContain('process "/bin/sh -c echo reason && exit 3" did not complete successfully: exit code: 3')
  })

  test('DOCKER_BUILDKIT=0: the classic builder', async () => {
    const { code, stdout, stderr } = await build('0', '-t', 'with:0', '--build-arg', 'WORD=0', context)
    expect([code, stderr]).toEqual([0, expect.stringContaining(LEGACY)])
    expect(stdout).toMatch(/Successfully tagged with:0\n$/)
    await isRight('with:0', '0')
  })

  test('-q prints the image, -f - reads the Dockerfile, and a context comes by the standard input', async () => {
    const quiet = await build(undefined, '-q', '--build-arg', 'WORD=quiet', context)
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/), ''])
    await isRight(quiet.stdout.trim(), 'quiet')
    const input = 'FROM busybox\nRUN echo copied > /file; echo input >> /file\nCMD ["cat", "/file"]\n'
    const env = { DOCKER_BUILDKIT: undefined }
    for (const args of [['-f', '-', context], ['-']]) {
      expect((await daemon.docker(['build', '-t', 'input', ...args], { env, input })).code).toBe(0)
      await isRight('input', 'input')
      await daemon.ok('rmi', 'input')
    }
  })
})
