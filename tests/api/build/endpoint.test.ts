import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { GitRepository } from '../../harness/git-repository.ts'
import { serving } from '../../harness/serving.ts'
import { until } from '../../harness/until.ts'
import { tar } from '../images/archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

type Line = Readonly<{ stream?: string; error?: string; aux?: { ID: string } }>

/** Posts a build as clients without the CLI do. @returns all that was said, and the error if it failed */
async function post(dockerfile: string, query = '', files: readonly (readonly [string, string])[] = []) {
  const context = await tar([['Dockerfile', dockerfile], ...files])
  return answer(await daemon.api('POST', `/build?${query}`, context, { 'content-type': 'application/x-tar' }))
}

function answer({ status, body }: { status: number; body: string }) {
  if (status !== 200) return { status, text: (JSON.parse(body) as { message: string }).message, error: undefined, lines: [] }
  const lines = body
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
  return { status, text: lines.map(({ stream }) => stream ?? '').join(''), error: lines.at(-1)?.error, lines }
}

describe('a remote context', () => {
  test('may be an archive, or a Dockerfile alone', async () => {
    const archive = gzipSync(
      await tar([
        ['dockerfile', 'FROM busybox\nCOPY file /\nRUN cat /file\n'],
        ['file', 'from afar\n'],
      ]),
    )
    const files: Readonly<Record<string, Buffer>> = {
      '/context.tar.gz': archive,
      '/Dockerfile': Buffer.from('FROM busybox\nRUN echo alone\n'),
      '/copies': Buffer.from('FROM busybox\nCOPY file /\n'),
      '/picture': Buffer.from([0x89, 0x50, 0, 0]),
    }
    await serving(
      (request, response) => response.writeHead(files[request.url ?? ''] ? 200 : 404, { 'content-type': 'image/png' }).end(files[request.url ?? ''] ?? 'gone'),
      async (url) => {
        const build = async (path: string) => answer(await daemon.api('POST', `/build?remote=${encodeURIComponent(`${url}${path}`)}`))
        expect((await build('/context.tar.gz')).text).toContain('\nfrom afar\n')
        expect((await build('/Dockerfile')).text).toContain('\nalone\n')
        expect((await build('/copies')).error).toBe('COPY failed: missing build context')
        expect((await build('/picture')).text).toContain('unsupported Content-Type "image/png"')
        expect((await build('/missing')).text).toBe(
          `error downloading remote context ${url}/missing: failed to GET ${url}/missing with status 404 Not Found: gone`,
        )
      },
    )
    expect(answer(await daemon.api('POST', '/build?remote=nonsense')).text).toBe('remoteURL (nonsense) could not be recognized as URL')
    expect(answer(await daemon.api('POST', '/build?remote=client-session')).text).toContain('use builder version v2 (BuildKit) instead')
  })

  test('may be a git repository, at a revision, and a folder of it', async () => {
    await using repository = await GitRepository.create()
    await repository.commit({ Dockerfile: 'FROM busybox\nRUN echo first\n' }, 'v1')
    await repository.commit({ Dockerfile: 'FROM busybox\nRUN echo second\n', 'sub/Dockerfile': 'FROM busybox\nRUN echo below\n' })
    await serving(repository.serve, async (url) => {
      const build = async (fragment: string) => answer(await daemon.api('POST', `/build?remote=${encodeURIComponent(`${url}/x.git${fragment}`)}`))
      expect((await build('')).text).toContain('\nsecond\n')
      expect((await build('#v1')).text).toContain('\nfirst\n')
      expect((await build('#main:sub')).text).toContain('\nbelow\n')
      expect((await build('#nosuch')).text).toContain(`unable to fetch ${url}/x.git: `)
      expect((await build('#main:nosuch')).text).toBe('Cannot locate specified Dockerfile: Dockerfile')
      const list = 'RUN cd /src && find . -maxdepth 1 | sort | xargs echo listed\n'
      expect((await post(`FROM busybox\nADD ${url}/x.git#main /src\n${list}`)).text).toContain('\nlisted . ./Dockerfile ./sub\n')
      expect((await post(`FROM busybox\nADD --keep-git-dir ${url}/x.git#v1 /src\n${list}`)).text).toContain('\nlisted . ./.git ./Dockerfile\n')
    })
  })

  test('may be a Dockerfile on the standard input of the CLI', async () => {
    const { code, stdout } = await daemon.docker(['build', '-'], { input: 'FROM busybox\nRUN echo typed\n' })
    expect([code, stdout]).toEqual([0, expect.stringContaining('\ntyped\n')])
  })
})

test('the cache may be told to take from these images alone', async () => {
  const dockerfile = 'FROM busybox\nENV A=1\nRUN echo a > /a\nRUN echo b > /b\n'
  await post(dockerfile, 't=known')
  const saved = await mkdtemp('/tmp/er-saved-')
  await daemon.ok('save', '-o', join(saved, 'x.tar'), 'known')
  // Without its parents, as it comes from a registry.
  await daemon.ok('rmi', 'known')
  await daemon.ok('load', '-i', join(saved, 'x.tar'))
  await rm(saved, { recursive: true })

  const from = (names: string[]) => `cachefrom=${encodeURIComponent(JSON.stringify(names))}`
  const all = await post(dockerfile, from(['nosuch', 'known']))
  expect(all.text.match(/Using cache/g)).toHaveLength(3)
  expect(all.lines.find(({ aux }) => aux)?.aux?.ID).toBe(await daemon.ok('inspect', '-f', '{{.Id}}', 'known'))

  const some = await post('FROM busybox\nENV A=1\nRUN echo a > /a\nRUN echo c > /c\n', `${from(['known'])}&t=other`)
  expect(some.text.match(/Using cache/g)).toHaveLength(2)
  expect(await daemon.ok('run', '--rm', 'other', 'sh', '-c', 'cat /a /c; echo $A; [ -e /b ] || echo none')).toBe('a\nc\n1\nnone')

  await post('FROM busybox\nRUN echo not known\n')
  expect((await post('FROM busybox\nRUN echo not known\n', from(['known']))).text).not.toContain('Using cache')
  expect((await post('FROM busybox\nRUN echo not known\n', from([]))).text).toContain('Using cache')
})

test('limits, hosts, network and memory of a build are those of its commands', async () => {
  const dockerfile = [
    'FROM busybox',
    'RUN grep -c elsewhere /etc/hosts && grep -c nowhere /etc/hosts && ulimit -n && df -m /dev/shm | tail -1 | awk \'{print $2 " MB"}\' && [ ! -e /sys/class/net/eth0 ]',
    '',
  ].join('\n')
  const ulimits = encodeURIComponent(JSON.stringify([{ Name: 'nofile', Soft: 77, Hard: 88 }]))
  const { text } = await post(dockerfile, `extrahosts=elsewhere:10.0.0.1&extrahosts=nowhere:10.0.0.2&ulimits=${ulimits}&shmsize=2097152&networkmode=none`)
  expect(text).toMatch(/\n1\n1\n77\n2 MB\n ---> Removed/)
  const memory = await post(
    'FROM busybox\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true\n',
    'memory=16777216',
  )
  expect(memory.text).toContain('\n16777216\n')
})

test('one command may have no network, or that of the host', async () => {
  const none = await post('FROM busybox\nRUN [ -e /sys/class/net/eth0 ] && echo connected\nRUN --network=none [ ! -e /sys/class/net/eth0 ] && echo alone\n')
  expect(none.text).toMatch(/\nconnected\n.*\nalone\n/s)
  const host = await post(`FROM busybox\nRUN --network=host [ -e /sys/class/net/${daemon.bridge} ] && echo at home\n`)
  expect(host.text).toContain('\nat home\n')
  expect((await post('FROM busybox\nRUN --network=other true\n')).error).toBe('dockerfile parse error on line 2: invalid network mode "other"')
})

test('a file from the web must have the checksum that is asked for', async () => {
  await serving(
    (_, response) => response.end('from the web\n'),
    async (url) => {
      const right = 'sha256:8b0f4a08e8b1ff3e3f7ba1b1f01b1e0a4c3ff6b5e3b8a3ad2ad3d0b4bfbbb1a7'
      const { error = '' } = await post(`FROM busybox\nADD --checksum=${right} ${url}/f /f\n`)
      const found = /digest mismatch (sha256:[0-9a-f]{64}): /.exec(error)?.[1]
      expect(error).toBe(`ADD failed: digest mismatch ${found}: ${right}`)
      expect((await post(`FROM busybox\nADD --checksum=${found} ${url}/f /f\nRUN cat /f\n`)).text).toContain('\nfrom the web\n')
      expect((await post(`FROM busybox\nADD --checksum=md5:1 ${url}/f /f\n`)).error).toContain('invalid checksum digest format')
      expect((await post(`FROM busybox\nADD --checksum=${right} Dockerfile /f\n`)).error).toContain('checksum requires HTTP(S) sources')
      expect((await post(`FROM busybox\nCOPY ${url}/f /f\n`)).error).toBe("COPY failed: source can't be a URL for COPY")
    },
  )
})

test('a document that names its interpreter is a program', async () => {
  const { text } = await post('FROM busybox\nRUN <<EOF\n#!/bin/awk -f\nBEGIN { print "awk says " 6 * 7 }\nEOF\nRUN ls -A /dev/pipes 2>&1; true\n')
  expect(text).toContain('\nawk says 42\n')
})

describe('proxies', () => {
  const given = `buildargs=${encodeURIComponent(JSON.stringify({ HTTP_PROXY: 'http://secret@p', https_proxy: 'q' }))}`

  test('reach commands, and neither the history nor the cache, unless an ARG asks for them', async () => {
    expect((await post('FROM busybox\nRUN echo $HTTP_PROXY $https_proxy\n', `${given}&t=proxied`)).text).toContain('\nhttp://secret@p q\n')
    const told = await daemon.ok('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'proxied')
    expect(told).toContain('|0 /bin/sh -c echo $HTTP_PROXY $https_proxy')
    expect(told).not.toContain('secret')
    const other = `buildargs=${encodeURIComponent(JSON.stringify({ HTTP_PROXY: 'other' }))}`
    expect((await post('FROM busybox\nRUN echo $HTTP_PROXY $https_proxy\n', other)).text).toContain('Using cache')
    await post('FROM busybox\nARG HTTP_PROXY\nRUN echo asked for $HTTP_PROXY\n', `${given}&t=asked`)
    expect(await daemon.ok('history', '--no-trunc', '--format', '{{.CreatedBy}}', 'asked')).toContain('|1 HTTP_PROXY=http://secret@p /bin/sh -c')
  })
})

test('a build that has an id can be cancelled by it', async () => {
  const building = post('FROM busybox\nRUN echo begun; exec sleep 1000\n', 'buildid=mine')
  await until('the command to run', async () => (await daemon.ok('ps', '-q')) !== '')
  const cancelled = await daemon.api('POST', '/build/cancel?id=mine')
  expect([cancelled.status, cancelled.body]).toEqual([200, ''])
  expect((await building).error).toBe('Build cancelled')
  await until('its container to be gone', async () => (await daemon.ok('ps', '-aq')) === '')
  expect((await daemon.api('POST', '/build/cancel?id=nosuch')).status).toBe(200)
  expect((await daemon.api('POST', '/build/cancel')).json()).toEqual({ message: 'build ID not provided' })
})

test('-q says the id alone, and --iidfile writes it down', async () => {
  const folder = await mkdtemp('/tmp/er-context-')
  await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nRUN echo said\n')
  const { stdout } = await daemon.docker(['build', '-q', folder])
  expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
  await daemon.ok('build', '--iidfile', join(folder, 'id'), folder)
  expect(await readFile(join(folder, 'id'), 'utf8')).toBe(stdout.trim())
  await rm(folder, { recursive: true })
})

test('containers of steps stay where they are asked to', async () => {
  await post('FROM busybox\nRUN echo kept\n', 'rm=0')
  const kept = (await daemon.ok('ps', '-aq')).split('\n')
  expect(kept).toHaveLength(1)
  await daemon.removeAllContainers()
  await post('FROM busybox\nRUN echo removed\n', 'rm=0&forcerm=1')
  expect(await daemon.ok('ps', '-aq')).toBe('')
})

test.each([
  ['squash=1', 400, 'squash is only supported with experimental mode'],
  ['version=7', 400, 'invalid version "7"'],
  ['isolation=hyperv', 400, 'unsupported isolation: "hyperv"'],
  ['securityopt=%5B%5D', 400, 'The daemon on this platform does not support setting security options on build'],
  ['platform=linux/s390x', 501, 'builds for the platform linux/s390x are not implemented by this engine'],
  [
    `outputs=${encodeURIComponent('[{"Type":"local"}]')}`,
    501,
    'outputs of a build (POST /build?outputs=) are not implemented by this engine: they need BuildKit',
  ],
])('%s is refused', async (query, status, message) => {
  expect(await post('FROM busybox\n', query)).toMatchObject({ status, text: expect.stringContaining(message) })
})
