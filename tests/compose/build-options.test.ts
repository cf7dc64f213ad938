import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engineroom } from '../cli/ours.ts'
import type { TestDaemon } from '../harness/daemon.ts'
import { freePort } from '../harness/tcp.ts'
import { Project, startWithCompose } from './project.ts'

/** What a service's `build` may say beside what `build.test.ts` has, each of it seen in the image. */

const OPTIONS = `
services:
  app:
    image: options/app
    build:
      context: .
      dockerfile_inline: |
        FROM base AS wanted
        COPY --from=lib word /word
        RUN --mount=type=ssh { cat /word; stat -c %F $$SSH_AUTH_SOCK; ls /sys/class/net; ulimit -n; grep -c some.host /etc/hosts; df -k /dev/shm | tail -n 1; } > /result
        FROM base
        RUN false
      target: wanted
      ssh: [ "default=\${AGENT}" ]
      additional_contexts: { lib: ./lib, base: docker-image://busybox }
      platforms: [ linux/amd64 ]
      labels: [ "made.by=compose" ]
      shm_size: 80m
      network: none
      ulimits: { nofile: 777 }
      extra_hosts: [ "some.host:10.1.2.3" ]
    command: cat /result
`.replace('linux/amd64', process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64')

const BAKE = { COMPOSE_BAKE: 'true' }
const LIBRARY = { COMPOSE_BAKE: 'false' }

let daemon: TestDaemon
let registry: string
const agent = createServer((connection) => connection.pipe(connection))
beforeAll(async () => {
  daemon = await startWithCompose()
  const port = await freePort()
  const { code, stderr } = await engineroom(daemon, ['registry', 'local', 'on', '--addr', `127.0.0.1:${port}`])
  if (code !== 0) throw new Error(stderr)
  registry = `localhost:${port}`
  await new Promise<void>((resolve) => agent.listen(join(daemon.root, 'agent'), resolve))
})
afterAll(async () => {
  agent.close()
  await daemon[Symbol.asyncDispose]()
})

// compose 2.40 forgets the size of shm where it builds by itself, and buildx 0.24 the hosts that compose hands to bake.
describe.each([
  ['buildx bake', BAKE, { hosts: 0, shmKb: 80 * 1024 }],
  ['buildx as a library', LIBRARY, { hosts: 1, shmKb: 64 * 1024 }],
])('by %s', (_, env, { hosts, shmKb }) => {
  const isBake = env === BAKE

  test('an agent, named contexts, network, limits, hosts, a platform', async () => {
    const project = await Project.create(daemon, `options-${isBake}`, { 'compose.yaml': OPTIONS, 'lib/word': 'of the folder\n' })
    await project.okWith({ ...env, AGENT: join(daemon.root, 'agent') }, 'build')
    const said = (await daemon.ok('run', '--rm', 'options/app', 'cat', '/result')).split('\n')
    expect(said.slice(0, 5)).toEqual(['of the folder', 'socket', 'lo', '777', String(hosts)])
    expect(said[5]).toMatch(new RegExp(`^shm +${shmKb} `))
    expect(await daemon.ok('image', 'inspect', '--format', '{{index .Config.Labels "made.by"}}', 'options/app')).toBe('compose')
    await daemon.ok('rmi', 'options/app')
  })

  test('a service that stands on another', async () => {
    const on = '{ dockerfile_inline: "FROM base\\nRUN echo more >> /word\\n", additional_contexts: { base: "service:base" } }'
    const project = await Project.create(daemon, `linked-${isBake}`, {
      'compose.yaml': `services: { base: { build: . }, app: { image: linked/app, build: ${on} } }\n`,
      Dockerfile: 'FROM busybox\nRUN echo based > /word\n',
    })
    await project.okWith(env, 'build', 'app')
    expect(await daemon.ok('run', '--rm', 'linked/app', 'cat', '/word')).toBe('based\nmore')
    await daemon.ok('rmi', 'linked/app')
  })

  test('cache_to and cache_from', async () => {
    const file = (cache: string) => `services: { app: { image: cached/app, build: { context: ., ${cache} } } }\n`
    const project = await Project.create(daemon, `cached-${isBake}`, { Dockerfile: 'FROM busybox\nRUN head -c 16 /dev/urandom | od -An -tx1 > /random\n' })
    const random = () => daemon.ok('run', '--rm', 'cached/app', 'cat', '/random')
    await project.write('compose.yaml', file(`cache_to: [ "type=local,dest=${project.folder}/cache,mode=max" ]`))
    await project.okWith(env, 'build')
    const first = await random()
    await daemon.ok('rmi', 'cached/app')
    await daemon.ok('image', 'prune', '--force')
    await project.write('compose.yaml', file(`cache_from: [ "type=local,src=${project.folder}/cache" ]`))
    expect(await project.okWith(env, '--progress', 'plain', 'build')).toMatch(/ CACHED$/m)
    expect(await random()).toBe(first)
    await daemon.ok('rmi', 'cached/app')
    await daemon.ok('image', 'prune', '--force')
  })

  test('build --push, to a registry', async () => {
    const name = `${registry}/pushed-${isBake}`
    const project = await Project.create(daemon, `pushed-${isBake}`, {
      'compose.yaml': `services: { app: { image: ${name}, build: . } }\n`,
      Dockerfile: 'FROM busybox\nRUN echo pushed > /word\n',
    })
    await project.okWith(env, 'build', '--push')
    await daemon.docker(['rmi', name])
    expect(await daemon.ok('run', '--rm', name, 'cat', '/word')).toBe('pushed')
    await daemon.ok('rmi', name)
  })

  test('several platforms are refused, with a reason', async () => {
    const project = await Project.create(daemon, `platforms-${isBake}`, {
      'compose.yaml': 'services: { app: { image: never/built, build: { context: ., platforms: [ linux/amd64, linux/arm64 ] } } }\n',
      Dockerfile: 'FROM busybox\n',
    })
    const { code, stdout, stderr } = await project.compose(['build'], env)
    expect(code).not.toBe(0)
    expect(stdout + stderr).toMatch(/platforms? .*not (implemented|supported)|Multi-platform build is not supported/i)
  })
})
