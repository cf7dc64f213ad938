import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'
import { leftovers, Project, startWithCompose } from './project.ts'

/** `docker compose watch`: what changes in the person's folder goes into the container, restarts it, or builds it anew. */

const COMPOSE = `
services:
  app:
    build: .
    init: true
    develop:
      watch:
        - { action: sync, path: ./site, target: /www, ignore: [ "*.tmp" ] }
        - { action: sync+restart, path: ./settings, target: /settings }
        - { action: sync+exec, path: ./hooks, target: /hooks, exec: { command: "cp /hooks/now /done" } }
        - { action: rebuild, path: ./built }
`

const DOCKERFILE = `FROM busybox
COPY site /www
COPY settings /settings
COPY built /built
CMD ["sh", "-c", "cat /settings/one; exec sleep 1000"]
`

let daemon: TestDaemon
let project: Project
beforeAll(async () => {
  daemon = await startWithCompose()
  const files = { 'site/page': 'one\n', 'settings/one': 'one\n', 'hooks/now': 'one\n', 'built/one': 'one\n' }
  project = await Project.create(daemon, 'watched', { 'compose.yaml': COMPOSE, Dockerfile: DOCKERFILE, ...files })
})
afterAll(() => daemon[Symbol.asyncDispose]())

test('sync, sync+restart, sync+exec and rebuild', async () => {
  await using watch = project.session('up', '--watch', '--build', '--no-color')
  await until('compose to watch', () => /Watch enabled/.test(watch.stdout + watch.stderr), 60_000)
  const write = (path: string, text: string) => writeFile(join(project.folder, path), text)

  await write('site/left.tmp', 'left\n')
  await write('site/page', 'two\n')
  await project.eventually('app', 'cat /www/page', 'two')
  await mkdir(join(project.folder, 'site/in'))
  await write('site/in/file', 'in\n')
  await project.eventually('app', 'cat /www/in/file', 'in')
  await rm(join(project.folder, 'site/page'))
  await project.eventually('app', 'ls /www', 'in')

  const begun = await project.inspect('app', '{{.Id}} {{.State.StartedAt}}')
  await write('settings/one', 'two\n')
  await until('the container to have begun anew', async () => (await daemon.ok('logs', 'watched-app-1')) === 'one\ntwo', 30_000)
  const restarted = await project.inspect('app', '{{.Id}} {{.State.StartedAt}}')
  expect([restarted === begun, restarted.split(' ')[0] === begun.split(' ')[0]]).toEqual([false, true])

  await write('hooks/now', 'two\n')
  await project.eventually('app', 'cat /done', 'two').catch((error: unknown) => {
    throw new Error(`${watch.stdout}${watch.stderr}`, { cause: error })
  })

  await write('built/one', 'two\n')
  await until('another container', async () => (await project.inspect('app', '{{.Id}}')) !== begun.split(' ')[0], 60_000)
  await project.eventually('app', 'cat /built/one /settings/one', 'two\ntwo')
  watch.kill('SIGINT')
  await watch.ended
  await project.ok('down', '--rmi', 'local', '--volumes')
  expect((await leftovers(daemon)).filter((name) => name !== '<none>')).toEqual([])
})
