import { mkdtemp, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SourceSchema } from '../../../engine/buildkit/protocol/source-error_pb.ts'
import { BuildKitClient } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { GitRepository } from '../../harness/git-repository.ts'
import { serving } from '../../harness/serving.ts'

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

const clientOf = async (dockerfile: string, files: Readonly<Record<string, string>> = {}) =>
  BuildKitClient.connect(daemon.socketPath, { context: await contextFolder(folders, { Dockerfile: dockerfile, ...files }) })

/** As buildx asks: within a build that has no result. */
async function asked(
  dockerfile: string,
  requestid: string,
  options: Readonly<Record<string, string>> = {},
  files?: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  using buildx = await clientOf(dockerfile, files)
  const ref = `asks-${buildx.id}`
  const headers = { 'buildkit-controlapi-buildid': ref }
  const whole = buildx.control.solve({ ref, session: buildx.id })
  const answer = buildx.gateway.solve({ frontend: 'dockerfile.v0', frontendOpt: { requestid, ...options } }, { headers })
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
    const more = await asked('FROM busybox\nCOPY out $HOEM/\nWORKDIR $PATH\n', 'frontend.lint', {}, { '.dockerignore': 'out\n' })
    const found = JSON.parse(more['result.json'] ?? '').warnings.map(({ ruleName, detail }: { ruleName: string; detail: string }) => `${ruleName}: ${detail}`)
    expect(found).toEqual([
      'CopyIgnoredFile: Attempting to Copy file "out" that is excluded by .dockerignore',
      "UndefinedVar: Usage of undefined variable '$HOEM'",
    ])
    expect(await asked('# check=skip=all\nFROM busybox as Tools\n', 'frontend.lint')).toMatchObject({ 'result.statuscode': '0' })
  })

  test('for its targets', async () => {
    const answer = await asked('# one is first\nFROM busybox AS one\nFROM one AS two\n', 'frontend.targets')
    const { targets } = JSON.parse(answer['result.json'] ?? '')
    expect(targets).toMatchObject([
      { name: 'one', description: 'is first', base: 'busybox' },
      { name: 'two', default: true, base: 'one' },
    ])
    expect(JSON.parse((await asked('FROM scratch\n', 'frontend.subrequests.describe'))['result.json'] ?? '')).toHaveLength(4)
  })

  test('for what a target can be given', async () => {
    const text = [
      '# VERSION of the base',
      'ARG VERSION=1',
      'ARG TAG=v$VERSION UNUSED=x',
      'FROM busybox:$TAG AS tools',
      '# FLAGS for the tools',
      'ARG FLAGS="-a $TAG" NAME',
      'RUN --mount=type=secret,id=key,required --mount=type=cache,id=all,target=/c true',
      '# app is what runs',
      'FROM busybox AS app',
      'ARG TAG',
      'ENV HOME_OF=$TAG',
      'ARG AT=/$HOME_OF NAME=own',
      'RUN --mount=type=ssh --mount=type=secret,id=other,target=/k true',
      'COPY --from=tools /c /c',
      'FROM busybox AS unrelated',
      'ARG NEVER=1',
    ].join('\n')
    const answer = await asked(text, 'frontend.outline', { target: 'app', 'build-arg:VERSION': '2' })
    const table = [
      'TARGET:      app',
      'DESCRIPTION: is what runs',
      '',
      'BUILD ARG   VALUE   DESCRIPTION',
      'VERSION     2       of the base',
      'TAG         v2      ',
      'FLAGS       -a      for the tools',
      'AT          /v2     ',
      'NAME        own     ',
      '',
      'SECRET   REQUIRED',
      'key      true',
      'other    ',
      '',
      'SSH       REQUIRED',
      'default   ',
      '',
      '',
    ]
    expect(answer['result.txt']?.split('\n')).toEqual(table)
    const { name, description, args, secrets, ssh, cache, sources } = JSON.parse(answer['result.json'] ?? '')
    const at = (line: number) => ({ ranges: [{ start: { line }, end: { line } }] })
    expect({ name, description, secrets, ssh, cache }).toEqual({
      name: 'app',
      description: 'is what runs',
      secrets: [
        { name: 'key', required: true, location: at(7) },
        { name: 'other', location: at(13) },
      ],
      ssh: [{ name: 'default', location: at(13) }],
      cache: [{ ID: 'all', location: at(7) }],
    })
    expect(args[0]).toEqual({ name: 'VERSION', description: 'of the base', value: '2', location: at(2) })
    expect(Buffer.from(sources[0], 'base64').toString()).toBe(text)
    expect((await asked('FROM scratch\n', 'frontend.outline'))['result.txt']).toBe('')
  })

  test('of a context from elsewhere', async () => {
    await using repository = await GitRepository.create()
    await repository.commit({ 'sub/Dockerfile': 'FROM busybox AS Far\nCMD ["x"]\n' })
    await serving(repository.serve, async (url) => {
      const context = `${url}/x.git#main:sub`
      expect(await asked('FROM scratch\n', 'frontend.lint', { context })).toMatchObject({ 'result.txt': expect.stringContaining('StageNameCasing') })
      expect((await asked('FROM scratch\n', 'frontend.outline', { context }))['result.txt']).toBe('TARGET: far\n\n')
      expect(await asked('FROM busybox AS near\n', 'frontend.outline', { context, dockerfilekey: 'dockerfile' })).toMatchObject({
        'result.txt': 'TARGET: near\n\n',
      })
    })
  })

  test('for what cannot be answered', async () => {
    const failure = await failureOf(asked('FROM scratch\n', 'frontend.other'))
    expect(failure.rawMessage).toBe('the request frontend.other of dockerfile.v0 (--call) is not implemented by this engine')
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
    using skipping = await clientOf('# check=error=true\nFROM busybox\n# check=skip=JSONArgsRecommended // it is what is wanted\nCMD true\n')
    await skipping.solve()
    await buildx.solve({ 'build-arg:BUILDKIT_DOCKERFILE_CHECK': 'skip=JSONArgsRecommended;error=true' })
  })
})
