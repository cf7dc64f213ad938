import { chmod, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { contextFolder } from '../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { type Outcome, run } from '../harness/run.ts'

/** The dev containers CLI, which editors have inside of them: it builds with buildx and named contexts, and with compose. */

/** Somebody who is not root, without a program that makes users. */
const DEVELOPER = `RUN echo 'dev:x:1234:1234::/home/dev:/bin/sh' >> /etc/passwd && echo 'dev:x:1234:' >> /etc/group && mkdir -p /home/dev && chown 1234:1234 /home/dev`

/** A feature in the workspace: no registry has to be reached for it. */
const FEATURE = {
  '.devcontainer/greeter/devcontainer-feature.json': JSON.stringify({
    id: 'greeter',
    version: '1.0.0',
    name: 'Greeter',
    options: { greeting: { type: 'string', default: 'hey' } },
    containerEnv: { GREETER: 'installed' },
  }),
  '.devcontainer/greeter/install.sh': '#!/bin/sh\nset -e\necho "$GREETING to $_REMOTE_USER at $_REMOTE_USER_HOME" > /greeting\n',
}

const COMPOSE = `
services:
  app: { build: ., command: sleep 1000, init: true, volumes: [ "..:/workspace" ], depends_on: [ helper ] }
  helper: { image: busybox, command: sleep 1000, init: true }
`

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await writeFile(join(daemon.root, 'docker-config/config.json'), JSON.stringify({ cliPluginsExtraDirs: inject('plugins') }))
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** A folder that is worked on in a container, by others than root, too. @param settings `devcontainer.json` */
async function workspaceOf(settings: object, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await contextFolder(daemon.root, { '.devcontainer/devcontainer.json': JSON.stringify(settings), ...files })
  await chmod(folder, 0o755)
  return folder
}

function devcontainer(workspace: string, command: string, ...args: string[]): Promise<Outcome> {
  const env = { DOCKER_HOST: `unix://${daemon.socketPath}`, DOCKER_CONFIG: join(daemon.root, 'docker-config') }
  return run(process.execPath, [inject('devcontainer'), command, '--workspace-folder', workspace, ...args], { env, timeoutMs: 100_000 })
}

/** Must succeed. @returns what it says at its end */
async function answered(workspace: string, command: 'up' | 'build', ...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await devcontainer(workspace, command, ...args)
  if (code !== 0) throw new Error(`devcontainer ${command}: exit ${code}\n${stdout}${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
}

async function inside(workspace: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await devcontainer(workspace, 'exec', 'sh', '-c', script)
  if (code !== 0) throw new Error(`devcontainer exec: exit ${code}\n${stdout}${stderr}`)
  return stdout.trimEnd()
}

describe('of a Dockerfile', () => {
  let workspace: string
  beforeAll(async () => {
    const settings = {
      build: { dockerfile: 'Dockerfile', context: '..', args: { WORD: 'argued' } },
      features: { './greeter': { greeting: 'good day' } },
      containerEnv: { OF_CONTAINER: 'container' },
      remoteEnv: { OF_REMOTE: 'remote' },
      remoteUser: 'dev',
      mounts: [{ type: 'volume', source: 'kept', target: '/kept' }],
      onCreateCommand: 'echo created > /tmp/created',
      postStartCommand: ['sh', '-c', 'echo started > /tmp/started'],
    }
    const dockerfile = `FROM busybox\nARG WORD\n${DEVELOPER}\nRUN echo $WORD > /word\nCOPY source /source\n`
    workspace = await workspaceOf(settings, { '.devcontainer/Dockerfile': dockerfile, source: 'copied\n', ...FEATURE })
  })

  test('up builds it with a feature, starts it and runs the commands of its life', async () => {
    expect(await answered(workspace, 'up')).toMatchObject({
      outcome: 'success',
      containerId: await daemon.ok('ps', '--quiet', '--no-trunc', '--filter', `label=devcontainer.local_folder=${workspace}`),
      remoteUser: 'dev',
      remoteWorkspaceFolder: `/workspaces/${basename(workspace)}`,
    })
    expect(
      await inside(workspace, 'cat /word /source /greeting /tmp/created /tmp/started; echo $OF_CONTAINER $OF_REMOTE $GREETER; id -un; ls; ls -d /kept'),
    ).toBe(['argued', 'copied', 'good day to dev at /home/dev', 'created', 'started', 'container remote installed', 'dev', 'source', '/kept'].join('\n'))
  })

  test('up again finds it; exec passes the exit code on', async () => {
    const { containerId } = await answered(workspace, 'up')
    expect(await answered(workspace, 'up')).toMatchObject({ containerId })
    await daemon.ok('stop', '--timeout', '0', String(containerId))
    expect(await answered(workspace, 'up')).toMatchObject({ containerId })
    expect((await devcontainer(workspace, 'exec', 'sh', '-c', 'exit 7')).code).toBe(7)
  })

  test('build names the image, of which all steps are there', async () => {
    expect(await answered(workspace, 'build', '--image-name', 'built:1')).toMatchObject({ outcome: 'success', imageName: ['built:1'] })
    expect(await daemon.ok('run', '--rm', '--entrypoint', 'cat', 'built:1', '/word', '/greeting')).toBe('argued\ngood day to dev at /home/dev')
    expect(await daemon.ok('image', 'inspect', '--format', '{{index .Config.Labels "devcontainer.metadata"}}', 'built:1')).toContain('"remoteUser":"dev"')
    const { stderr } = await devcontainer(workspace, 'build', '--image-name', 'built:2')
    expect(stderr.match(/ CACHED$/gm)?.length).toBeGreaterThan(5)
  })

  test('build says which line fails', async () => {
    const failing = await workspaceOf({ build: { dockerfile: 'Dockerfile' } }, { '.devcontainer/Dockerfile': 'FROM busybox\nRUN echo reason && exit 3\n' })
    const { code, stdout, stderr } = await devcontainer(failing, 'up')
    expect([code, stdout]).toEqual([1, expect.stringContaining('"outcome":"error"')])
    expect(stderr).toMatch(/>>> RUN echo reason && exit 3/)
    expect(stderr).toContain('exit code: 3')
  })
})

test('of an image, as it is and with a feature', async () => {
  const plain = await workspaceOf({ image: 'busybox' })
  expect(await answered(plain, 'up')).toMatchObject({ outcome: 'success', remoteUser: 'root' })
  expect(await inside(plain, 'pwd')).toBe(`/workspaces/${basename(plain)}`)
  const more = await workspaceOf({ image: 'busybox', features: { './greeter': {} } }, FEATURE)
  await answered(more, 'up')
  expect(await inside(more, 'cat /greeting')).toBe('hey to root at /root')
})

test('of a compose file, with a feature', async () => {
  const settings = { dockerComposeFile: 'compose.yaml', service: 'app', workspaceFolder: '/workspace', remoteUser: 'dev', features: { './greeter': {} } }
  const workspace = await workspaceOf(settings, {
    '.devcontainer/compose.yaml': COMPOSE,
    '.devcontainer/Dockerfile': `FROM busybox\n${DEVELOPER}\nCOPY word /word\n`,
    '.devcontainer/word': 'composed\n',
    source: '',
    ...FEATURE,
  })
  expect(await answered(workspace, 'up')).toMatchObject({ outcome: 'success', remoteUser: 'dev', remoteWorkspaceFolder: '/workspace' })
  expect(await inside(workspace, 'cat /word /greeting; ls; nslookup helper > /tmp/found && echo found')).toBe(
    'composed\nhey to dev at /home/dev\nsource\nfound',
  )
  expect(
    (await daemon.ok('ps', '--format', '{{.Label "com.docker.compose.service"}}', '--filter', 'label=com.docker.compose.service')).split('\n').sort(),
  ).toEqual(['app', 'helper'])
})
