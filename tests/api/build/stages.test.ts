import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function build(lines: readonly string[], ...args: string[]) {
  const folder = await mkdtemp('/tmp/er-context-')
  try {
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`)
    return await daemon.docker(['build', '-t', 'made', ...args, folder])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A command that ends only while the other one runs. */
const meet = (me: string, other: string) =>
  `RUN --mount=type=cache,target=/meet touch /meet/${me}; until [ -e /meet/${other} ]; do sleep 0.1; done; echo ${me} met ${other} | tee /${me}`

test('stages that do not need each other run at the same time, and speak in the order of the Dockerfile', async () => {
  const { code, stdout, stderr } = await build([
    'FROM busybox AS first',
    meet('first', 'second'),
    'FROM busybox AS second',
    meet('second', 'first'),
    'FROM busybox',
    'COPY --from=first /first /',
    'COPY --from=second /second /',
  ])
  expect([code, stderr.replace(/DEPRECATED.*variable\.\n/s, '').trim()]).toEqual([0, ''])
  const told = stdout.split('\n').filter((line) => /^(Step|first|second)/.test(line))
  expect(told.map((line) => line.replace(/( : (RUN|FROM|COPY)).*/, '$1'))).toEqual([
    'Step 1/7 : FROM',
    'Step 2/7 : RUN',
    'first met second',
    'Step 3/7 : FROM',
    'Step 4/7 : RUN',
    'second met first',
    'Step 5/7 : FROM',
    'Step 6/7 : COPY',
    'Step 7/7 : COPY',
  ])
  expect(await daemon.ok('run', '--rm', 'made', 'cat', '/first', '/second')).toBe('first met second\nsecond met first')
})

test('the first that fails stops the others, and its error is the last thing said', async () => {
  const { code, stdout, stderr } = await build(
    [
      'FROM busybox AS slow',
      'RUN --mount=type=cache,target=/stopped touch /stopped/begun; exec sleep 1000',
      'FROM busybox AS bad',
      'RUN --mount=type=cache,target=/stopped until [ -e /stopped/begun ]; do sleep 0.1; done; echo bad; exit 9',
      'FROM busybox',
      'COPY --from=slow /x /',
      'COPY --from=bad /x /',
    ],
    '--force-rm',
  )
  expect(code).toBe(9)
  expect(stderr).toContain('returned a non-zero code: 9')
  expect(stdout).toMatch(/Step 4\/7.*\nbad\n$/s)
  expect(await daemon.ok('ps', '-aq')).toBe('')
})

test('a step that two stages have in common is made once', async () => {
  const step = 'RUN --mount=type=cache,target=/count echo x >> /count/runs; wc -l < /count/runs > /runs'
  const lines = ['FROM busybox AS a', step, 'RUN true', 'FROM busybox AS b', step, 'RUN : ', 'FROM busybox', 'COPY --from=a /runs /a', 'COPY --from=b /runs /b']
  const { code, stdout } = await build(lines)
  expect(code).toBe(0)
  expect(stdout.match(/Using cache/g)).toHaveLength(1)
  expect(await daemon.ok('run', '--rm', 'made', 'cat', '/a', '/b')).toBe('1\n1')
})

test('a step that two builds have in common is made once, and the next build finds all that either went on with', async () => {
  const random = 'head -c 16 /dev/urandom | od -An -tx1'
  const lines = ['FROM busybox', `RUN ${random} > /first; sleep 1`, 'ARG WORD', `RUN ${random} > /second`]
  const words = ['one', 'two', 'three']
  const all = () => Promise.all(words.map((word) => build(lines, '-t', `common:${word}`, '--build-arg', `WORD=${word}`)))
  const random16 = (file: string) => Promise.all(words.map((word) => daemon.ok('run', '--rm', `common:${word}`, 'cat', file)))
  expect((await all()).map(({ code }) => code)).toEqual([0, 0, 0])
  expect([new Set(await random16('/first')).size, new Set(await random16('/second')).size]).toEqual([1, 3])
  for (const { stdout } of await all()) expect(stdout.match(/Using cache/g)).toHaveLength(3)
})

test('what the target does not need is not built, and its arguments count as taken', async () => {
  const lines = ['FROM busybox AS unused', 'ARG WHO', 'RUN false', 'FROM busybox AS wanted', 'RUN true', 'FROM busybox', 'RUN false']
  const { code, stdout } = await build(lines, '--target', 'wanted', '--build-arg', 'WHO=me', '--build-arg', 'NOBODY=x')
  expect(code).toBe(0)
  expect(stdout).toContain('Step 2/2 : RUN true')
  expect(stdout).toContain('[Warning] One or more build-args [NOBODY] were not consumed')
})

test('a stage that only a trigger of the base wants is built for it', async () => {
  expect((await build(['FROM busybox', 'ONBUILD COPY --from=tools /tool /tool'], '-t', 'with-trigger')).code).toBe(0)
  const { code } = await build(['FROM busybox AS tools', 'RUN echo hammer > /tool', 'FROM with-trigger'])
  expect(code).toBe(0)
  expect(await daemon.ok('run', '--rm', 'made', 'cat', '/tool')).toBe('hammer')
})

test.each([
  [['FROM busybox AS a', 'FROM busybox AS A'], 'a stage name already used'],
  [['FROM busybox', 'COPY --from=0 /x /'], 'invalid from flag value 0: refers to current build stage'],
  [['FROM busybox', 'COPY --from=4 /x /'], 'invalid from flag value 4: index out of bounds'],
  [['FROM --platform=linux/s390x busybox'], 'builds for the platform linux/s390x are not implemented by this engine'],
])('%j: %s', async (lines, message) => {
  const { code, stderr } = await build(lines)
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)])
})

test('nobody takes away from a build what it goes on from, and afterwards it is as free as any image', async () => {
  // While the second step waits for its file, nothing but the build needs what the first one has made.
  const meanwhile: unknown[] = []
  const server = createServer(async (_, response) => {
    const [first = ''] = (await daemon.ok('images', '-aq', '--no-trunc', '--filter', 'label=only=here')).split('\n')
    const plan = (await daemon.api('GET', '/engineroom/v1/data/prune?all=1')).json<{ images: { id: string }[] }>()
    meanwhile.push(
      await daemon.ok('image', 'prune', '-f'),
      plan.images.filter(({ id }) => id === first),
      (await daemon.docker(['rmi', '-f', first])).stderr,
      await daemon.ok('rmi', 'base'),
    )
    response.end('late')
  }).listen(0, '127.0.0.1')
  await until('the server', () => server.listening)
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/late`
  await build(['FROM busybox', 'LABEL base=here'])
  await daemon.ok('tag', 'made', 'base')
  await daemon.ok('rmi', 'made')
  await daemon.ok('image', 'prune', '-f')
  const { code, stderr } = await build(['FROM base', 'LABEL only=here', `ADD ${url} /late`, 'RUN cat /late'])
  server.close()
  expect([code, stderr.replace(/DEPRECATED.*variable\.\n/s, '').trim()]).toEqual([0, ''])
  expect(meanwhile).toEqual([
    'Total reclaimed space: 0B',
    [],
    expect.stringMatching(/conflict: unable to delete [0-9a-f]{12} \(cannot be forced\) - image is being used by a running build/),
    'Untagged: base:latest',
  ])
  expect((await daemon.docker(['rmi', 'made'])).stdout.match(/^Deleted: /gm)?.length).toBeGreaterThanOrEqual(4)
})
