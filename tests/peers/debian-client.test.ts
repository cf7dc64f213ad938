import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tar } from '../api/images/archives.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { type Outcome, run } from '../harness/run.ts'
import { until } from '../harness/until.ts'

/** The docker client of Debian 12, which speaks API 1.41, against our engine: what people type on a day. */
const CLIENT = '/usr/bin/docker'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

function docker(args: readonly string[], input?: string | Buffer, more: Record<string, string> = {}): Promise<Outcome> {
  const env = {
    ...more,
    DOCKER_HOST: `unix://${daemon.socketPath}`,
    DOCKER_CONFIG: join(daemon.root, 'docker-config'),
  }
  return run(CLIENT, args, { env, ...(input === undefined ? {} : { input }) })
}

/** Must succeed without a complaint. @returns what it prints */
async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(args)
  expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, ''])
  return stdout.trimEnd()
}

/** Must fail. @returns its code and what it says */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(args)
  expect(code).not.toBe(0)
  return `${code}: ${stderr}${stdout}`.trimEnd()
}

const ID = /^[0-9a-f]{64}$/

test('client and engine agree on a version', async () => {
  expect(await ok('version', '--format', '{{.Client.Version}} {{.Client.APIVersion}}')).toMatch(/^20\.10\.\S+ 1\.41$/)
  expect(await ok('version', '--format', '{{.Server.APIVersion}} {{.Server.Os}}')).toBe('1.51 linux')
  const info = await docker(['info'])
  expect([info.code, info.stdout]).toEqual([0, expect.stringContaining(' Storage Driver: overlay2\n')])
  expect(info.stderr).not.toContain('ERROR')
})

test('a container from its first day to its last', async () => {
  expect(await ok('run', '--rm', 'busybox', 'echo', 'hi')).toBe('hi')
  expect(await refused('run', '--rm', 'busybox', 'sh', '-c', 'echo gone; exit 3')).toBe('3: gone')
  expect(await refused('run', '--rm', 'busybox', 'nosuch')).toMatch(/^127: .*executable file not found in \$PATH/s)
  expect((await docker(['run', '--rm', '-i', 'busybox', 'cat'], 'typed')).stdout).toBe('typed')
  const flags = ['-l', 'a=b', '-v', 'kept:/data', '-p', '127.0.0.1::80', '--stop-signal', 'KILL']
  expect(await ok('run', '-d', '--name', 'day', ...flags, 'busybox', 'sh', '-c', 'echo out; echo err >&2; exec sleep 1000')).toMatch(ID)
  expect(await ok('ps', '--format', '{{.Names}} {{.Labels}} {{.Mounts}} {{.Ports}}')).toMatch(/^day a=b kept 127\.0\.0\.1:\d+->80\/tcp$/)
  expect(await ok('port', 'day', '80')).toMatch(/^127\.0\.0\.1:\d+$/)
  await until('its line', async () => /^\S+Z out\n$/.test((await docker(['logs', '-t', 'day'])).stdout))
  await until('its program', async () => / sleep 1000$/.test(await ok('top', 'day', '-o', 'pid,args')))
  expect(await ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', 'day')).toBe('day 1')
  expect(await ok('exec', '-u', 'nobody', '-w', '/tmp', '-e', 'A=b', 'day', 'sh', '-c', 'id -un; pwd; echo $A')).toBe('nobody\n/tmp\nb')
  expect(await refused('exec', 'day', 'sh', '-c', 'exit 4')).toBe('4:')
  expect(await ok('inspect', '-f', '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}', 'day')).toBe('running no')
  await ok('update', '--restart', 'unless-stopped', 'day')
  await ok('rename', 'day', 'night')
  await ok('pause', 'night')
  expect(await ok('ps', '--filter', 'status=paused', '-q', '--no-trunc')).toMatch(ID)
  await ok('unpause', 'night')
  expect(await refused('rm', 'night')).toContain('cannot remove container "night": container is running')
  expect(await ok('stop', 'night')).toBe('night')
  expect(await ok('wait', 'night')).toBe('137')
  await ok('start', 'night')
  await ok('restart', '-t', '0', 'night')
  await ok('kill', 'night')
  expect(await ok('rm', '-v', 'night')).toBe('night')
})

test('a healthcheck', async () => {
  await ok('run', '-d', '--name', 'well', '--health-cmd', 'true', '--health-interval', '1s', 'busybox', 'sleep', '1000')
  await until('it to be healthy', async () => (await ok('ps', '--filter', 'health=healthy', '--format', '{{.Names}}')) === 'well')
  expect(await ok('ps', '--format', '{{.Status}}')).toMatch(/^Up .* \(healthy\)$/)
  await ok('rm', '-f', 'well')
})

test('files and images', async () => {
  await ok('run', '-d', '--name', 'box', 'busybox', 'sh', '-c', 'echo made >/made; exec sleep 1000')
  await until('the file', async () => (await ok('diff', 'box')) === 'A /made')
  await writeFile(join(daemon.root, 'sent'), 'from outside')
  await ok('cp', join(daemon.root, 'sent'), 'box:/tmp/got')
  expect(await ok('exec', 'box', 'cat', '/tmp/got')).toBe('from outside')
  await ok('cp', 'box:/made', join(daemon.root, 'taken'))
  expect(await ok('commit', '-m', 'why', '-c', 'CMD ["cat","/made"]', 'box', 'mine:1')).toMatch(/^sha256:/)
  expect(await ok('run', '--rm', 'mine:1')).toBe('made')
  expect(await ok('history', '--format', '{{.Comment}}', 'mine:1')).toBe('why')
  await ok('tag', 'mine:1', 'mine:2')
  expect((await ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'mine')).split('\n').sort()).toEqual(['mine:1', 'mine:2'])
  await ok('save', '-o', join(daemon.root, 'mine.tar'), 'mine:1', 'mine:2')
  expect(await ok('rmi', 'mine:1', 'mine:2')).toContain('Untagged: mine:2\nDeleted: sha256:')
  expect((await ok('load', '-i', join(daemon.root, 'mine.tar'))).split('\n').sort()).toEqual(['Loaded image: mine:1', 'Loaded image: mine:2'])
  await ok('export', '-o', join(daemon.root, 'box.tar'), 'box')
  expect(await ok('import', '-c', 'CMD ["cat","/made"]', join(daemon.root, 'box.tar'), 'flat:1')).toMatch(/^sha256:/)
  expect(await ok('run', '--rm', 'flat:1')).toBe('made')
  await ok('rm', '-f', 'box')
})

test('builds, also with a Dockerfile that is somewhere else', async () => {
  const context = join(daemon.root, 'context')
  await mkdir(context)
  await writeFile(join(context, 'a'), 'in the context')
  await writeFile(join(context, 'Dockerfile'), 'FROM busybox\nARG B\nCOPY a /\nRUN echo "$B" >/b\nCMD cat /a /b\n')
  await writeFile(join(daemon.root, 'Elsewhere'), 'FROM busybox\nCOPY a /\nCMD cat /a\n')
  const classic = await docker(['build', '-t', 'built', '--build-arg', 'B=built', context], undefined, { DOCKER_BUILDKIT: '0' })
  expect([classic.code, classic.stdout, classic.stderr]).toEqual([0, expect.stringContaining('Successfully tagged built:latest'), ''])
  expect(await ok('run', '--rm', 'built')).toBe('in the contextbuilt')
  await ok('build', '-q', '-t', 'built', '-f', join(daemon.root, 'Elsewhere'), context)
  expect(await ok('run', '--rm', 'built')).toBe('in the context')
})

/** With an engine that has BuildKit, it builds by it unless it is told otherwise. */
test('builds by BuildKit, which it speaks itself', async () => {
  const context = join(daemon.root, 'buildkit-context')
  await mkdir(context)
  await writeFile(join(context, 'a'), 'sent')
  await writeFile(
    join(context, 'Dockerfile'),
    'FROM busybox\nCOPY a /\nRUN --mount=type=secret,id=key wc -c < /run/secrets/key\nRUN echo "step $((1 + 1))" >&2\n',
  )
  await writeFile(join(daemon.root, 'key'), '12345')
  const [key, ids] = [join(daemon.root, 'key'), join(daemon.root, 'iid')]
  const { code, stderr } = await docker(['build', '--progress', 'plain', '-t', 'by:1', '--secret', `id=key,src=${key}`, '--iidfile', ids, context])
  expect([code, stderr]).toEqual([0, expect.stringMatching(/\[4\/4\] RUN echo "step.* step 2\n.*exporting to image/s)])
  expect(stderr).toMatch(/ 5\n/)
  expect(await ok('images', '-q', '--no-trunc', 'by:1')).toBe(await readFile(ids, 'utf8'))
  expect(await ok('run', '--rm', 'by:1', 'cat', '/a')).toBe('sent')
  expect(await ok('build', '-q', context)).toBe(await readFile(ids, 'utf8'))
  const archive = await tar([
    ['Dockerfile', 'FROM busybox\nCOPY word /\n'],
    ['word', 'from the input'],
  ])
  expect((await docker(['build', '-t', 'by:2', '-'], archive)).code).toBe(0)
  expect(await ok('run', '--rm', 'by:2', 'cat', '/word')).toBe('from the input')
  const alone = await docker(['build', '-t', 'by:3', '-'], 'FROM busybox\nENV ALONE=1\n')
  expect([alone.code, await ok('inspect', '-f', '{{index .Config.Env 1}}', 'by:3')]).toEqual([0, 'ALONE=1'])
  const failed = await docker(['build', '-'], 'FROM busybox\nRUN exit 3\n')
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('process "/bin/sh -c exit 3" did not complete successfully: exit code: 3')])
})

test('networks and volumes', async () => {
  expect(await ok('network', 'create', '--label', 'a=b', 'net')).toMatch(ID)
  await ok('run', '-d', '--name', 'member', '--network', 'net', '--network-alias', 'other', '--stop-signal', 'KILL', 'busybox', 'sleep', '1000')
  expect(await ok('run', '--rm', '--network', 'net', 'busybox', 'ping', '-c1', '-W9', 'other')).toContain('1 packets received')
  await ok('network', 'disconnect', 'net', 'member')
  await ok('network', 'connect', '--alias', 'again', 'net', 'member')
  expect(await ok('network', 'inspect', '-f', '{{range .Containers}}{{.Name}}{{end}}', 'net')).toBe('member')
  expect(await refused('network', 'rm', 'net')).toContain('has active endpoints')
  await ok('rm', '-f', 'member')
  expect(await ok('network', 'rm', 'net')).toBe('net')

  expect(await ok('volume', 'create', '--label', 'a=b', 'vol')).toBe('vol')
  await ok('run', '--rm', '--mount', 'source=vol,target=/v', 'busybox', 'sh', '-c', 'echo stays >/v/f')
  expect(await ok('run', '--rm', '-v', 'vol:/v:ro', 'busybox', 'cat', '/v/f')).toBe('stays')
  expect(await ok('volume', 'ls', '--filter', 'label=a', '-q')).toBe('vol')
  expect(await ok('volume', 'inspect', '-f', '{{.Labels}} {{.Driver}}', 'vol')).toBe('map[a:b] local')
  expect(await ok('volume', 'rm', 'vol')).toBe('vol')
})

test('the engine as a whole', async () => {
  await ok('volume', 'create', 'gone')
  await ok('run', '--rm', '-v', 'gone:/v', 'busybox', 'true')
  await ok('volume', 'rm', 'gone')
  await ok('volume', 'create', 'left')
  const span = ['--since', '1h', '--until', ((Date.now() + 1) / 1000).toFixed(3)]
  const seen = await ok('events', ...span, '--filter', 'type=volume', '--filter', 'volume=gone', '--format', '{{.Action}}')
  expect(seen.split('\n')).toEqual(['create', 'mount', 'unmount', 'destroy'])
  expect(await ok('system', 'df', '--format', '{{.Type}} {{.TotalCount}}')).toMatch(/^Images \d+\nContainers 0\nLocal Volumes [1-9]\nBuild Cache [1-9]$/)
  expect(await ok('system', 'df', '-v')).toContain('Local Volumes space usage:')
  expect(await refused('node', 'ls')).toContain('This node is not a swarm manager.')
  expect(await ok('plugin', 'ls', '-q')).toBe('')
  expect(await refused('inspect', 'nosuch')).toContain('No such object: nosuch')
  expect(await refused('pull', 'localhost:1/x')).toContain('connection refused')
  // Before 1.42, volumes with a name go, too.
  expect(await ok('system', 'prune', '-af', '--volumes')).toMatch(/Deleted Volumes:\n(.*\n)*left\n/)
  expect(await ok('images', '-q')).toBe('')
})
