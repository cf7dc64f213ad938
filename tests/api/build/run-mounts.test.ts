import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Builds with the classic endpoint; the client sends a Dockerfile and one file as they are. */
async function build(dockerfile: string, seed = 'seed') {
  const folder = await mkdtemp('/tmp/er-context-')
  try {
    await writeFile(join(folder, 'Dockerfile'), dockerfile)
    await writeFile(join(folder, 'seed'), seed)
    const { code, stdout, stderr } = await daemon.docker(['build', '-t', 'made', folder])
    return { code, text: stdout + stderr }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const filesOf = async (path: string) => daemon.ok('run', '--rm', 'made', 'sh', '-c', `ls -A ${path} 2>&1; true`)

test('a cache is kept from build to build, and is not in the image, until it is pruned', async () => {
  const steps = (n: number) =>
    `FROM busybox\nRUN --mount=type=cache,target=/var/cache/x,uid=7 echo ${n} >> /var/cache/x/log; wc -l < /var/cache/x/log; stat -c %u /var/cache/x\n`
  expect((await build(steps(1))).text).toContain('\n1\n7\n')
  expect((await build(steps(2))).text).toContain('\n2\n7\n')
  expect(await filesOf('/var/cache')).toContain('No such file or directory')
  await daemon.stop()
  await daemon.start()
  expect((await build(steps(3))).text).toContain('\n3\n7\n')

  const [row] = (await daemon.api('GET', '/system/df?type=build-cache')).json<{ BuildCache: object[] }>().BuildCache
  expect(row).toMatchObject({ ID: expect.stringMatching(/^[0-9a-f]{64}$/), Type: 'exec.cachemount', InUse: false, Shared: false, Size: 6 })
  expect((await daemon.api('GET', '/v1.41/system/df')).json()).toMatchObject({ BuilderSize: 6, BuildCache: [row] })
  expect(await daemon.ok('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Size}} {{.Reclaimable}}')).toContain('Build Cache 1 6B 6B')

  const kept = { CachesDeleted: null, SpaceReclaimed: 0 }
  for (const filters of ['{"until":["1h"]}', '{"label":["a"]}']) expect((await daemon.api('POST', `/build/prune?filters=${filters}`)).json()).toEqual(kept)
  for (const asked of ['filters={"type":["exec.cachemount"]}', 'keep-storage=5']) expect((await daemon.api('POST', `/build/prune?${asked}`)).status).toBe(501)
  const pruned = await daemon.api('POST', '/build/prune?keep-storage=0')
  expect(pruned.json()).toEqual({ CachesDeleted: [expect.stringMatching(/^[0-9a-f]{64}$/)], SpaceReclaimed: 6 })
  expect(await readdir(join(daemon.dataRoot, 'build-caches'))).toEqual([])
  expect((await build(steps(4))).text).toContain('\n1\n7\n')
})

test('the context, another stage and memory are there while the command runs, and only then', async () => {
  const dockerfile = [
    'FROM busybox AS tools',
    'RUN mkdir /kit && echo hammer > /kit/name',
    'FROM busybox',
    'WORKDIR /work',
    'RUN --mount=target=src --mount=type=bind,from=tools,source=/kit/name,target=/kit --mount=type=tmpfs,target=/tmp/mem,size=1m \\',
    '    cat src/seed /kit > /made && df -m /tmp/mem | tail -1 | awk \'{print $2 " MB"}\' && ! touch src/x',
    '',
  ].join('\n')
  const { code, text } = await build(dockerfile, 'first\n')
  expect([code, text]).toEqual([0, expect.stringContaining('\n1 MB\n')])
  expect(await daemon.ok('run', '--rm', 'made', 'cat', '/made')).toBe('first\nhammer')
  expect(await filesOf('/work /kit /tmp')).not.toMatch(/src|mem|name/)

  expect((await build(dockerfile, 'first\n')).text).toMatch(/awk.*\n ---> Using cache/)
  expect((await build(dockerfile, 'second\n')).text).not.toMatch(/awk.*\n ---> Using cache/)
  expect(await daemon.ok('run', '--rm', 'made', 'cat', '/made')).toBe('second\nhammer')
})

test('a folder whose name would mean two folders to a mount is one', async () => {
  const dockerfile = [
    'FROM busybox AS tools',
    'RUN mkdir -p /x /x:/etc && echo mine > /x:/etc/mine',
    'FROM busybox',
    'RUN --mount=type=bind,from=tools,source=/x:/etc,target=/there,rw ls -A /there > /made',
    '',
  ].join('\n')
  expect((await build(dockerfile)).code).toBe(0)
  expect(await daemon.ok('run', '--rm', 'made', 'cat', '/made')).toBe('mine')
})

test('what is written to a bind mount goes with the step, and neither the context nor the stage is changed', async () => {
  const written = 'echo more >> /src/seed && rm -f /kit/name && echo new > /kit/other && echo changed > /one && cat /src/seed /kit/other /one'
  const { code, text } = await build(
    [
      'FROM busybox AS tools',
      'RUN mkdir -m 2750 /kit && echo hammer > /kit/name',
      'FROM busybox',
      `RUN --mount=target=/src,rw --mount=from=tools,source=/kit,target=/kit,rw --mount=source=seed,target=/one,rw ${written}; stat -c %a /kit`,
      'RUN --mount=target=/src --mount=from=tools,source=/kit,target=/kit cat /src/seed; ls /kit',
      '',
    ].join('\n'),
    'first\n',
  )
  expect([code, text]).toEqual([0, expect.stringContaining('\nfirst\nmore\nnew\nchanged\n2750\n')])
  expect(text).toMatch(/\nfirst\nname\n/)
  expect(await filesOf('/src /kit /one')).not.toMatch(/seed|name|other|changed/)
  expect(await daemon.lastTraces()).toEqual([])
})

test('a cache begins with what is named, keeps what is written, and begins anew when that changes', async () => {
  const steps = (kit: string) =>
    `FROM busybox AS tools\nRUN mkdir /kit && echo ${kit} > /kit/name\nFROM busybox\nRUN --mount=type=cache,target=/c,from=tools,source=/kit cat /c/name && echo x >> /c/log && wc -l < /c/log\n`
  expect((await build(steps('hammer'))).text).toContain('\nhammer\n1\n')
  expect((await build(`${steps('hammer')}`.replace('echo x', 'echo y'))).text).toContain('\nhammer\n2\n')
  expect((await build(steps('saw'))).text).toContain('\nsaw\n1\n')
})

test('a secret that must be there is an error; one that may be is not', async () => {
  expect((await build('FROM busybox\nRUN --mount=type=secret,id=key,required=true true\n')).text).toContain('secret key: not found')
  expect((await build('FROM busybox\nRUN --mount=type=secret,id=key echo went on\n')).text).toContain('went on')
})

test.each([
  ['FROM busybox\nRUN --mount=type=disk,target=/x true\n', 'dockerfile parse error on line 2: unsupported mount type "disk"'],
  ['FROM busybox\nRUN --mount=target=/x,source=nowhere true\n', 'failed to mount nowhere: no such file or directory'],
  ['FROM busybox\nRUN --mount=type=cache,from=busybox,source=/bin/sh,target=/x true\n', 'failed to mount /bin/sh: not a directory'],
  ['FROM busybox\nRUN --mount=type=ssh,required=true true\n', 'ssh default: not found'],
  ['FROM busybox\nRUN --security=none true\n', 'dockerfile parse error on line 2: security "none" is not valid'],
])('%j is an error', async (dockerfile, message) => {
  const { code, text } = await build(dockerfile)
  expect([code, text]).toEqual([1, expect.stringContaining(message)])
})
