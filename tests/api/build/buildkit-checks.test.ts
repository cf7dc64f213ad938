import { mkdtemp, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SourceSchema } from '../../../engine/buildkit/protocol/source-error_pb.ts'
import { BuildKitClient } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

/** `--check` and `--call`: what is asked of a Dockerfile that is not to be built, and what a build says of it by the way. */

let daemon: TestDaemon
let folders: string
beforeAll(async () => {
  daemon = await startDaemon()
  folders = await mkdtemp('/tmp/er-buildkit-checks-')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folders, { recursive: true, force: true })
})

const clientOf = async (dockerfile: string) => BuildKitClient.connect(daemon.socketPath, { context: await contextFolder(folders, { Dockerfile: dockerfile }) })

/** As buildx asks: within a build that has no result. */
async function asked(dockerfile: string, requestid: string): Promise<Record<string, string>> {
  using buildx = await clientOf(dockerfile)
  const ref = `asks-${buildx.id}`
  const headers = { 'buildkit-controlapi-buildid': ref }
  const whole = buildx.control.solve({ ref, session: buildx.id })
  const answer = buildx.gateway.solve({ frontend: 'dockerfile.v0', frontendOpt: { requestid } }, { headers })
  const end = answer.then(
    () => ({}),
    (error: Error) => ({ error: { code: 2, message: error.message } }),
  )
  // The whole may fail before the return has its answer.
  await Promise.all([whole, end.then((result) => buildx.gateway.return(result, { headers }))])
  return Object.fromEntries(Object.entries((await answer).result?.metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))
}

describe('asked', () => {
  test('for its checks', async () => {
    const text = 'FROM busybox as Tools\nCMD true\n'
    const answer = await asked(text, 'frontend.lint')
    expect(answer).toMatchObject({ version: '1.0.0', 'result.statuscode': '1' })
    const { warnings, sources } = JSON.parse(answer['result.json'] ?? '')
    expect(sources).toEqual([{ filename: 'Dockerfile', data: Buffer.from(text).toString('base64'), language: 'Dockerfile' }])
    expect(warnings.map(({ ruleName }: { ruleName: string }) => ruleName)).toEqual(['StageNameCasing', 'FromAsCasing', 'JSONArgsRecommended'])
    expect(warnings[2]).toMatchObject({
      url: 'https://docs.docker.com/go/dockerfile/rule/json-args-recommended/',
      location: { ranges: [{ start: { line: 2 }, end: { line: 2 } }] },
    })
    expect(await asked('# check=skip=all\nFROM busybox as Tools\n', 'frontend.lint')).toMatchObject({ 'result.statuscode': '0' })
  })

  test('for its targets', async () => {
    const answer = await asked('# one is first\nFROM busybox AS one\nFROM one AS two\n', 'frontend.targets')
    const { targets } = JSON.parse(answer['result.json'] ?? '')
    expect(targets).toMatchObject([
      { name: 'one', description: 'is first', base: 'busybox' },
      { name: 'two', default: true, base: 'one' },
    ])
    expect(JSON.parse((await asked('FROM scratch\n', 'frontend.subrequests.describe'))['result.json'] ?? '')).toHaveLength(3)
  })

  test('for what cannot be answered', async () => {
    const failure = await failureOf(asked('FROM scratch\n', 'frontend.outline'))
    expect(failure.rawMessage).toBe('the request frontend.outline of dockerfile.v0 (--call) is not implemented by this engine')
    const mistake = await failureOf(asked('FROM scratch\nFOO\n', 'frontend.lint'))
    expect(mistake.findDetails(SourceSchema)[0]?.ranges).toMatchObject([{ start: { line: 2 } }])
  })
})

describe('built', () => {
  test('warns', async () => {
    using buildx = await clientOf('FROM busybox\nCMD true\n')
    const { told } = await buildx.build()
    const warnings = told.responses.flatMap((response) => response.warnings)
    const short = 'JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 2)'
    expect(warnings.map((one) => Buffer.from(one.short).toString())).toEqual([short])
    expect(warnings).toMatchObject([{ url: 'https://docs.docker.com/go/dockerfile/rule/json-args-recommended/', ranges: [{ start: { line: 2 } }] }])
  })

  test('fails where the Dockerfile says so', async () => {
    using buildx = await clientOf('# check=error=true\nFROM busybox\nCMD true\n')
    expect((await failureOf(buildx.build())).rawMessage).toBe('lint violation found for rules: JSONArgsRecommended')
    await buildx.solve({ 'build-arg:BUILDKIT_DOCKERFILE_CHECK': 'skip=JSONArgsRecommended;error=true' })
  })
})
