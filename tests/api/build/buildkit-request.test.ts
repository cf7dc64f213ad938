import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuildKitClient } from '../../harness/buildkit/client.ts'
import { contextFolder } from '../../harness/buildkit/context-folder.ts'
import { type TracedAnswer, tracedAnswer } from '../../harness/buildkit/traced-answer.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { until } from '../../harness/until.ts'
import { tar } from '../images/archives.ts'

/** `POST /build?version=2`: builds by BuildKit of clients without buildx. */

let daemon: TestDaemon
let folders: string
beforeAll(async () => {
  daemon = await startDaemon()
  folders = await mkdtemp('/tmp/er-buildkit-request-')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folders, { recursive: true, force: true })
})

const ARCHIVE = { 'content-type': 'application/x-tar' }

/** @returns the answer, which must be a stream */
async function build(query: Readonly<Record<string, string>>, body?: Buffer): Promise<TracedAnswer> {
  const { status, body: text } = await daemon.api('POST', `/build?${new URLSearchParams({ version: '2', ...query })}`, body, body && ARCHIVE)
  expect([status, status === 200 ? '' : text]).toEqual([200, ''])
  return tracedAnswer(text)
}

const idOf = (name: string) => daemon.ok('images', '-q', '--no-trunc', name)

describe('a build', () => {
  test('of a folder that comes over a session', async () => {
    const context = await contextFolder(folders, { Dockerfile: 'FROM busybox\nARG A\nCOPY word /\nRUN echo loud $A\nLABEL l=own\n', word: 'said' })
    using client = await BuildKitClient.connect(daemon.socketPath, { context })
    const query = { remote: 'client-session', session: client.id, buildid: 'b1', t: 'by-session:1', labels: '{"more":"x"}', rm: '1', dockerfile: 'Dockerfile' }
    const { told, image, error } = await build({ ...query, buildargs: '{"A":"seven","B":null}' })
    expect(error).toBeUndefined()
    expect(image).toBe(await idOf('by-session:1'))
    expect(told.logs).toBe('loud seven\n')
    expect(told.steps).toEqual(expect.arrayContaining(['[internal] load build context', '[2/3] COPY word /', '[3/3] RUN echo loud $A', 'exporting to image']))
    expect(await daemon.ok('image', 'inspect', '-f', '{{json .Config.Labels}}', 'by-session:1')).toBe('{"l":"own","more":"x"}')
    const again = await build({ ...query, buildargs: '{"A":"seven"}', buildid: 'b2' })
    expect(again.told.steps).toContain('[3/3] RUN echo loud $A CACHED')
  })

  test('of an archive, without a session', async () => {
    const archive = await tar([
      ['Own', 'FROM busybox\nCOPY word /\n'],
      ['word', 'sent'],
    ])
    const { image } = await build({ t: 'by-body', dockerfile: 'Own' }, archive)
    expect(image).toBe(await idOf('by-body'))
    expect(await daemon.ok('run', '--rm', 'by-body', 'cat', '/word')).toBe('sent')
  })

  test('of an archive that comes by a request of its own', async () => {
    const archive = await tar([['Dockerfile', 'FROM busybox\nENV UPLOADED=1\n']])
    const [{ image }, upload] = await Promise.all([
      build({ remote: 'upload-request', buildid: 'up', t: 'uploaded' }),
      daemon.api('POST', '/build?version=2&buildid=upload-request:up', archive, ARCHIVE),
    ])
    expect([upload.status, upload.body]).toEqual([200, ''])
    expect(image).toBe(await idOf('uploaded'))
  })

  test('that is to be quiet says nothing but the id', async () => {
    const archive = await tar([['Dockerfile', 'FROM busybox\nRUN echo unheard\n']])
    const { stream, told } = await build({ q: '1', t: 'quiet' }, archive)
    expect([stream, told.responses]).toEqual([`${await idOf('quiet')}\n`, []])
    const failed = await build({ q: '1' }, await tar([['Dockerfile', 'FROM busybox\nRUN echo heard && exit 3\n']]))
    expect(failed.told.logs).toBe('heard\n')
  })

  test('that fails says so in its last line', async () => {
    const { error, told, image } = await build({}, await tar([['Dockerfile', 'FROM busybox\nRUN exit 3\n']]))
    expect([error, image]).toEqual(['process "/bin/sh -c exit 3" did not complete successfully: exit code: 3', undefined])
    expect(told.steps).toContain('[2/2] RUN exit 3 ERROR')
  })

  test('ends when somebody cancels it', async () => {
    const archive = await tar([['Dockerfile', 'FROM busybox\nRUN echo begun && sleep 600\n']])
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    let text = ''
    const outgoing = request({ socketPath: daemon.socketPath, method: 'POST', path: '/build?version=2&buildid=cancelled', headers: ARCHIVE }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(text)).on('error', reject)
    })
    outgoing.on('error', reject).end(archive)
    const whole = () => tracedAnswer(text.slice(0, text.lastIndexOf('\r\n') + 1))
    await until('the step to run', async () => whole().told.logs === 'begun\n', 30_000)
    expect((await daemon.api('POST', '/build/cancel?id=cancelled')).status).toBe(200)
    expect(tracedAnswer(await promise).error).toBe('Build cancelled')
    await until('nothing to be left of it', async () => (await daemon.traces()).length === 0, 30_000)
  })
})

describe('is refused', () => {
  test.each([
    ['another version', { version: '3' }, 400, 'invalid version "3"'],
    ['a limit that BuildKit does not know', { memory: '1000000' }, 501, 'memory is not implemented for builds by BuildKit (version=2) by this engine'],
    ['two outputs', { outputs: '[{"Type":"local"},{"Type":"tar"}]' }, 500, 'multiple outputs not supported'],
    ['a network that is no mode', { networkmode: 'own', remote: 'client-session' }, 400, 'network mode "own" not supported by buildkit'],
    ['a folder without a session', { remote: 'client-session' }, 200, 'no local sources enabled'],
  ])('%s', async (_, query: Readonly<Record<string, string>>, status, message) => {
    const answer = await daemon.api('POST', `/build?${new URLSearchParams({ version: '2', ...query })}`)
    expect([answer.status, tracedOrPlain(answer.body)]).toEqual([status, message])
  })
})

function tracedOrPlain(body: string): string | undefined {
  return body.startsWith('{"message"') ? (JSON.parse(body) as { message: string }).message : tracedAnswer(body).error
}
