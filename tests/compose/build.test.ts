import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engineroom } from '../cli/ours.ts'
import type { TestDaemon } from '../harness/daemon.ts'
import { freePort } from '../harness/tcp.ts'
import { leftovers, Project, startWithCompose } from './project.ts'

/** Compose builds by itself with buildx's library, by `buildx bake`, or by the classic builder: the same must come out. */

const COMPOSE = `
services:
  app:
    image: built/app
    build:
      context: .
      dockerfile: docker/App.dockerfile
      target: wanted
      args: { FROM_FILE: one, FROM_ENVIRONMENT: null }
      labels: { made.by: compose }
      tags: [ "built/app:second" ]
      SECRETS
    command: cat /result
secrets:
  file: { file: ./secret.txt }
  environment: { environment: FROM_ENVIRONMENT }
`

const DOCKERFILE = `FROM busybox AS wanted
ARG FROM_FILE
ARG FROM_ENVIRONMENT
COPY kept* left* /in/
RUN { echo "$FROM_FILE $FROM_ENVIRONMENT"; ls /in; } > /result
FROM wanted
RUN exit 1
`

const SECRET_STEPS = `RUN --mount=type=secret,id=file,target=/given --mount=type=secret,id=environment cat /given /run/secrets/environment | wc -c >> /result
FROM wanted
`

const RESULT = 'one environment\nkept.txt\n'

let daemon: TestDaemon
let registry: string
beforeAll(async () => {
  daemon = await startWithCompose()
  const port = await freePort()
  const { code, stderr } = await engineroom(daemon, ['registry', 'local', 'on', '--addr', `127.0.0.1:${port}`])
  if (code !== 0) throw new Error(stderr)
  registry = `localhost:${port}`
})
afterAll(() => daemon[Symbol.asyncDispose]())

describe.each([
  ['buildx as a library', { COMPOSE_BAKE: 'false' }, true],
  ['buildx bake', { COMPOSE_BAKE: 'true' }, true],
  ['the classic builder', { DOCKER_BUILDKIT: '0' }, false],
])('by %s', (_, env, hasSecrets) => {
  test('builds with all that a service says of it', async () => {
    const files = {
      'compose.yaml': COMPOSE.replace('SECRETS', hasSecrets ? 'secrets: [ file, environment ]' : ''),
      'docker/App.dockerfile': hasSecrets ? DOCKERFILE.replace('FROM wanted\n', SECRET_STEPS) : DOCKERFILE,
      '.dockerignore': 'left*\nsecret.txt\n',
      'kept.txt': '',
      'left.txt': '',
      'secret.txt': '1234',
    }
    const project = await Project.create(daemon, `built${Object.values(env)}`, files)
    const given = { ...env, FROM_ENVIRONMENT: 'environment' }
    await project.okWith(given, 'build')
    expect(await daemon.ok('run', '--rm', 'built/app:second', 'cat', '/result')).toBe(`${RESULT}${hasSecrets ? '15\n' : ''}`.trimEnd())
    expect(await daemon.ok('image', 'inspect', '--format', '{{index .Config.Labels "made.by"}}', 'built/app')).toBe('compose')
    expect(await project.okWith(given, 'up', '--build', '--no-log-prefix')).toContain('one environment')
    const again = await project.okWith(given, '--progress', 'plain', 'build', 'app')
    expect(again).toMatch(hasSecrets ? /CACHED/ : /Using cache/)
    const anew = await project.okWith(given, '--progress', 'plain', 'build', '--no-cache', '--build-arg', 'FROM_FILE=two', 'app')
    expect(anew).not.toMatch(/CACHED|Using cache/)
    expect(await daemon.ok('run', '--rm', 'built/app', 'cat', '/result')).toMatch(/^two environment/)
    await project.okWith(given, 'down', '--rmi', 'all', '--volumes')
    await daemon.ok('rmi', 'built/app:second')
    await daemon.ok('image', 'prune', '--force')
    expect(await leftovers(daemon)).toEqual([])
  })

  test('says where a build fails', async () => {
    const project = await Project.create(daemon, 'fails', {
      'compose.yaml': 'services: { a: { build: . } }\n',
      Dockerfile: 'FROM busybox\nRUN echo reason && exit 3\n',
    })
    const { code, stdout, stderr } = await project.compose(['build'], env)
    expect(code).not.toBe(0)
    expect(stdout + stderr).toContain('reason')
    expect(stdout + stderr).toMatch(/exit code: 3|non-zero code: 3/)
  })
})

test('a Dockerfile in the project’s own file', async () => {
  const project = await Project.create(daemon, 'inline', {
    'compose.yaml': 'services: { a: { build: { dockerfile_inline: "FROM busybox\\nRUN echo inline > /result\\n" }, command: cat /result } }\n',
  })
  expect(await project.ok('up', '--build', '--no-log-prefix')).toContain('inline')
  await project.ok('down', '--rmi', 'local')
})

test('several services at a time, of one context and of others', async () => {
  const services = Array.from({ length: 5 }, (_, number) => `  s${number}: { build: { context: ., args: { N: "${number}" } }, command: cat /n }\n`)
  const project = await Project.create(daemon, 'many', {
    'compose.yaml': `services:\n${services.join('')}`,
    Dockerfile: 'FROM busybox\nARG N\nCOPY . /all\nRUN echo $N > /n\n',
  })
  await project.ok('up', '--detach', '--build')
  for (const number of services.keys()) {
    await daemon.ok('wait', `many-s${number}-1`)
    expect(await project.ok('logs', '--no-log-prefix', `s${number}`)).toBe(String(number))
  }
  await project.ok('down', '--rmi', 'local')
})

test('push and pull, build --push, and pull policies', async () => {
  const project = await Project.create(daemon, 'shipped', {
    'compose.yaml': `services: { app: { image: ${registry}/app, build: ., command: cat /word } }\n`,
    Dockerfile: 'FROM busybox\nRUN echo pushed > /word\n',
  })
  await project.ok('build', '--push')
  await project.ok('push')
  await daemon.ok('rmi', `${registry}/app`)
  await project.ok('pull')
  await daemon.ok('rmi', `${registry}/app`)
  await project.write('compose.yaml', `services: { app: { image: ${registry}/app, pull_policy: always, command: cat /word } }\n`)
  await project.ok('up', '--pull', 'always')
  expect(await project.ok('logs', '--no-log-prefix')).toBe('pushed')
  const { stderr } = await (await Project.create(daemon, 'absent', { 'compose.yaml': `services: { a: { image: ${registry}/absent } }\n` })).compose(['pull'])
  expect(stderr).toMatch(/manifest unknown|not found/)
  await project.ok('down', '--rmi', 'all')
})

test('depends_on of an image, and service builds from another’s tag', async () => {
  const project = await Project.create(daemon, 'chain', {
    'compose.yaml': 'services: { base: { image: chain/base, build: base }, app: { build: app, depends_on: [ base ], command: cat /word } }\n',
    'base/Dockerfile': 'FROM busybox\nRUN echo from base > /word\n',
    'app/Dockerfile': 'FROM chain/base\nRUN true\n',
  })
  await project.ok('build', 'base')
  await project.ok('up', '--build', '--detach')
  expect(await project.ok('run', '--rm', '-T', 'app')).toContain('from base')
  await project.ok('down', '--rmi', 'all')
})
