import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import type { Outcome } from '../harness/run.ts'

/** What today's client asks of an engine beside builds: each command once, and what it prints. `tests/api` asks more, by whatever client the machine has. */

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await writeFile(join(daemon.root, 'docker-config/config.json'), JSON.stringify({ cliPluginsExtraDirs: inject('plugins') }))
})
afterAll(() => daemon[Symbol.asyncDispose]())

const docker = (...args: string[]) => daemon.docker(args)
const rows = (text: string) => text.split('\n').filter((line) => line !== '')

/** Every command prints this, on whichever stream, and nothing of a failure. */
async function says(table: readonly (readonly [args: string, says: RegExp])[]): Promise<void> {
  for (const [args, expected] of table) {
    const { code, stdout, stderr } = await docker(...args.split(' '))
    expect(`docker ${args}: exit ${code}\n${stdout}${stderr}`).toMatch(new RegExp(`: exit 0\n(?:${expected.source})`, expected.flags))
  }
}

describe('the version of the API', () => {
  test('is the newest that both know', async () => {
    expect(await daemon.ok('version', '--format', '{{.Client.Version}} {{.Client.APIVersion}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}')).toBe(
      'v28.5.2+incompatible 1.51 1.51 1.24',
    )
  })

  test.each(['1.24', '1.30', '1.40', '1.41', '1.44', '1.47', '1.51'])('may be %s', async (version) => {
    const at = async (...args: string[]): Promise<Outcome> => daemon.docker(args, { env: { DOCKER_API_VERSION: version } })
    expect(await at('version', '--format', '{{.Client.APIVersion}}')).toMatchObject({ code: 0, stdout: `${version}\n` })
    expect(await at('run', '--rm', '--name', 'versions', 'busybox', 'echo', version)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    for (const args of ['ps -a', 'images', 'volume ls', 'network ls', 'info', 'events --since 0 --until 1'])
      expect(await at(...args.split(' '))).toMatchObject({ code: 0 })
  })

  test('may not be older than the engine’s oldest, nor newer than its newest', async () => {
    const at = (version: string) => daemon.docker(['ps'], { env: { DOCKER_API_VERSION: version } })
    expect((await at('1.23')).stderr).toContain('client version 1.23 is too old. Minimum supported API version is 1.24')
    expect((await at('1.99')).stderr).toContain('client version 1.99 is too new. Maximum supported API version is 1.51')
  })
})

test('a container, from run to rm', async () => {
  const script = 'echo out; echo err >&2; exec sleep 1000'
  const flags = ['--name', 'life', '--hostname', 'inside', '-p', '127.0.0.1::80', '--label', 'k=v', '-v', 'kept:/kept', '--init']
  const health = ['--health-cmd', 'true', '--health-interval', '1s', '--health-start-interval', '100ms', '--health-start-period', '5s']
  const id = await daemon.ok('run', '--detach', ...flags, ...health, 'busybox', 'sh', '-c', script)
  expect(id).toMatch(/^[0-9a-f]{64}$/)
  expect(await docker('exec', 'life', 'sh', '-c', 'echo in; exit 3')).toEqual({ code: 3, stdout: 'in\n', stderr: '' })
  expect(await docker('exec', '-e', 'A=1', '-w', '/tmp', '-u', '1', 'life', 'sh', '-c', 'pwd; id -u; echo $A')).toMatchObject({ stdout: '/tmp\n1\n1\n' })
  expect(await docker('logs', 'life')).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' })
  expect((await docker('logs', '--timestamps', '--tail', '1', 'life')).stderr).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z err\n$/)

  const here = join(daemon.root, 'copied')
  await mkdir(here)
  await writeFile(join(here, 'file'), 'copied\n')
  expect((await docker('cp', join(here, 'file'), 'life:/there')).code).toBe(0)
  expect((await docker('cp', 'life:/there', join(here, 'back'))).code).toBe(0)
  expect(await readFile(join(here, 'back'), 'utf8')).toBe('copied\n')

  const [row = ''] = rows(await daemon.ok('ps', '--no-trunc', '--filter', 'label=k=v', '--format', 'json'))
  expect(JSON.parse(row)).toMatchObject({
    ID: id,
    Names: 'life',
    State: 'running',
    Image: 'busybox',
    Labels: 'k=v',
    Mounts: 'kept',
    Networks: 'bridge',
    LocalVolumes: '1',
  })
  await says([
    ['wait --help', /Usage:/],
    ['ps --size', /CONTAINER ID .* SIZE\n.*7B \(virtual 1\.98MB\)/],
    ['port life', /80\/tcp -> 127\.0\.0\.1:\d+\n$/],
    ['top life', /UID +PID .*\n.*sleep 1000/],
    ['diff life', /[\s\S]*A \/there\n/],
    ['stats --no-stream life', /CONTAINER ID +NAME +CPU % .*\n[0-9a-f]{12} +life +[\d.]+% +[\d.]+[KM]iB \/ /],
    ['inspect --size --format {{.SizeRw}} life', /7\n$/],
    ['container inspect --format {{.NetworkSettings.Networks.bridge.IPAddress}} life', /10\.213\./],
    ['rename life lives', /$/],
    ['update --memory 64m --memory-swap 64m lives', /lives\n$/],
    ['pause lives', /lives\n$/],
    ['ps --filter status=paused --format {{.Names}}', /lives\n$/],
    ['unpause lives', /lives\n$/],
    ['restart --timeout 1 lives', /lives\n$/],
    ['commit -m changed lives of-life:1', /sha256:[0-9a-f]{64}\n$/],
    [`export -o ${join(here, 'exported.tar')} lives`, /$/],
    ['stop --signal KILL lives', /lives\n$/],
    ['ps -a --format {{.Status}}', /Exited \(137\)/],
    ['start lives', /lives\n$/],
    ['kill lives', /lives\n$/],
    ['wait lives', /137\n$/],
    ['rm lives', /lives\n$/],
    ['rm --force lives', /Error response from daemon: No such container: lives\n$/],
    ['volume rm kept', /kept\n$/],
    ['rmi of-life:1', /Untagged: of-life:1\nDeleted: /],
  ])
})

test('what a run says when it cannot', async () => {
  const help = "\n\nRun 'docker run --help' for more information\n"
  expect(await docker('run', '--rm', 'busybox', 'nowhere')).toEqual({
    code: 127,
    stdout: '',
    stderr: expect.stringMatching(
      /^docker: Error response from daemon: failed to create task for container: .*exec: "nowhere": executable file not found in \$PATH/,
    ),
  })
  expect(await docker('run', '--rm', '--network', 'nowhere', 'busybox')).toMatchObject({
    code: 125,
    stderr: `docker: Error response from daemon: failed to set up container networking: network nowhere not found${help}`,
  })
  expect(await docker('run', '--rm', '--pull', 'never', 'nowhere')).toMatchObject({
    code: 125,
    stderr: `docker: Error response from daemon: No such image: nowhere:latest${help}`,
  })
  expect((await docker('run', '--rm', 'busybox', 'sh', '-c', 'exit 7')).code).toBe(7)
})

test('images', async () => {
  const file = join(daemon.root, 'saved.tar')
  await says([
    ['images', /REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\nbusybox +latest +[0-9a-f]{12} .* 1\.98MB\n$/],
    ['images --tree', /[\s\S]*busybox:latest +.*[0-9a-f]{12} +.* 1\.98MB/],
    ['image ls --format json', /\{.*"Repository":"busybox".*\}\n$/],
    ['image inspect --format {{.Os}}/{{.Architecture}} busybox', /linux\/(amd64|arm64)\n$/],
    ['tag busybox local/other:1', /$/],
    [`save -o ${file} local/other:1`, /$/],
    ['rmi local/other:1', /Untagged: local\/other:1\n$/],
    [`load -i ${file}`, /Loaded image: local\/other:1\n$/],
    ['history local/other:1', /IMAGE +CREATED +CREATED BY +SIZE +COMMENT\n[0-9a-f]{12} .*busybox-static of Debian +1\.98MB/],
    ['run --rm --mount type=image,src=local/other:1,dst=/mounted busybox ls -d /mounted/bin/sh', /\/mounted\/bin\/sh\n$/],
    ['image rm local/other:1', /Untagged: local\/other:1\n$/],
    ['image prune --force', /Total reclaimed space: 0B\n$/],
    [
      'system df',
      /TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE\nImages +1 +0 +1\.98\dMB +1\.98\dMB \(100%\)\nContainers +0 .*\nLocal Volumes +0 .*\nBuild Cache +0 /,
    ],
    ['system df --verbose', /Images space usage:\n\n.*\nbusybox /],
  ])
})

test('volumes and networks', async () => {
  await says([
    ['volume create --label k=v data', /data\n$/],
    ['volume ls --filter label=k=v', /DRIVER +VOLUME NAME\nlocal +data\n$/],
    ['volume inspect --format {{.Driver}}:{{.Labels.k}} data', /local:v\n$/],
    ['run --rm --mount type=volume,src=data,dst=/data busybox touch /data/file', /$/],
    ['run --rm -v data:/data:ro busybox ls /data', /file\n$/],
    ['volume prune --all --force', /Deleted Volumes:\ndata\n\nTotal reclaimed space: /],
    ['network create --label k=v --opt com.docker.network.bridge.gateway_mode_ipv4=nat net', /[0-9a-f]{64}\n$/],
    ['network ls --filter label=k=v --format {{.Name}}:{{.Driver}}:{{.Scope}}', /net:bridge:local\n$/],
    ['run -d --name first --init --network net --network-alias other busybox sleep 1000', /[0-9a-f]{64}\n$/],
    ['run -d --name second --init busybox sleep 1000', /[0-9a-f]{64}\n$/],
    ['network connect net second', /$/],
    ['exec second ping -c 1 other', /[\s\S]* 0% packet loss/],
    ['network inspect --format {{.Scope}}:{{.EnableIPv4}} net', /local:true\n$/],
    ['network disconnect net second', /$/],
    ['rm --force first second', /first\nsecond\n$/],
    ['network rm net', /net\n$/],
  ])
})

test('events, each of them and by a filter', async () => {
  const since = Date.now() / 1000
  await daemon.ok('run', '--rm', '--name', 'heard', 'busybox', 'true')
  await daemon.ok('network', 'create', 'heard-of')
  await daemon.ok('network', 'rm', 'heard-of')
  const span = ['--since', String(since), '--until', String(Date.now() / 1000)]
  const events = async (...filters: string[]) => rows(await daemon.ok('events', ...span, '--format', '{{.Type}} {{.Action}}', ...filters))
  expect(await events('--filter', 'container=heard')).toEqual(['create', 'attach', 'start', 'die', 'destroy'].map((action) => `container ${action}`))
  expect(await events('--filter', 'network=heard-of')).toEqual(['network create', 'network destroy'])
})

test('info, context, and what there is not', async () => {
  await says([
    ['info --format {{.Driver}}/{{.OSType}}', /overlay2\/linux\n$/],
    ['info', /Client:\n Version: +v28\.5\.2[\s\S]*Plugins:\n {2}buildx: [\s\S]*compose: [\s\S]*Server:\n Containers: 0\n/],
    ['context ls', /NAME +DESCRIPTION +DOCKER ENDPOINT +ERROR\ndefault \* +Current DOCKER_HOST/],
    ['plugin ls', /ID +NAME +DESCRIPTION +ENABLED\n$/],
    ['builder prune --force', /[\s\S]*Total/],
    ['system prune --force', /Total reclaimed space: 0B\n$/],
    ['compose version', /Docker Compose version v2\.40\.3\n$/],
    ['buildx version', /github\.com\/docker\/buildx v0\.24\.0/],
    ['buildx ls', /NAME\/NODE +DRIVER\/ENDPOINT +STATUS +BUILDKIT +PLATFORMS\ndefault\* +docker .*\n \\_ default +\\_ default +running +28\.5\.2/],
  ])
  expect((await docker('swarm', 'init')).stderr).toMatch(/swarm init is not implemented by this engine/)
  expect((await docker('service', 'ls')).stderr).toMatch(/This node is not a swarm manager/)
})
