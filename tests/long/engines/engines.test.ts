import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shippedImages } from '../../../build/hello-image.ts'
import { putContext } from '../../../electron/docker/contexts.ts'
import { VIEWS } from '../../../renderer/text/place.ts'
import { Peer } from '../../bench/peer.ts'
import { Desktop } from '../../e2e/harness/desktop.ts'
import { Screen } from '../../e2e/harness/screen.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { PodmanService } from './podman-service.ts'
import { SshServer } from './ssh-server.ts'

/** The window on engines that are not ours: Debian's dockerd and podman, and ours through ssh. */
let owned: AsyncDisposableStack
let ours: TestDaemon
let sshd: SshServer
let desktop: Desktop
let screen: Screen

const TABS = ['logs', 'usage', 'processes', 'files', 'setup', 'changes', 'timeline', 'inspect'] as const

/** Podman asks for more open files and processes than may be had here, unless told. */
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024']

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  ours = opening.use(await startDaemon())
  // No rules in the packet filter: other engines on the machine have theirs.
  const dockerd = opening.use(await Peer.create('dockerd', ['--bridge=none', '--iptables=false', '--ip6tables=false']))
  const podman = opening.use(await PodmanService.start())
  sshd = opening.use(await SshServer.start())
  const dockerConfig = join(ours.root, 'docker')
  await mkdir(dockerConfig)
  const sockets = { dockerd: dockerd.socketPath, podman: podman.socketPath, ours: ours.socketPath }
  for (const [name, socket] of Object.entries(sockets)) {
    await putContext(dockerConfig, name, `unix://${socket}`, '')
    const docker = async (args: string[], input?: Buffer) => {
      const { code, stderr } = await ours.docker(args, { env: { DOCKER_HOST: `unix://${socket}` }, ...(input && { input }) })
      if (code !== 0) throw new Error(`${name}: docker ${args.join(' ')}: ${stderr}`)
    }
    if (name === 'podman') await docker(['load'], await shippedImages(['busybox:latest']))
    await docker(['run', '-d', ...LIMITS, '--network', 'none', '--name', `in-${name}`, 'busybox', 'sh', '-c', 'echo written; exec sleep 1000'])
    opening.defer(() => docker(['rm', '-f', `in-${name}`]))
  }
  await putContext(dockerConfig, 'by-ssh', `ssh://root@127.0.0.1:${sshd.port}${ours.socketPath}`, '')
  const environment = { PATH: `${sshd.programs}:${process.env.PATH}` }
  desktop = await Desktop.open(ours.socketPath, undefined, { vm: 'default', engineHost: 'native', home: join(ours.root, 'h'), dockerConfig, environment })
  opening.defer(() => desktop[Symbol.asyncDispose]())
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned?.disposeAsync())

async function switchTo(context: string): Promise<void> {
  await screen.get('host-open').click()
  await screen.get(`host-context:${context}`).check()
  await screen.get('host-switch').click()
}

describe.each([
  ['dockerd', /dockerd 20\.10.* at unix:/],
  ['podman', /podman 4\..* at unix:/],
])('%s', (name, words) => {
  test('is named, and what it runs is shown', async () => {
    await switchTo(name)
    await screen.sees('host-place', words)
    await screen.go('containers')
    await screen.container(`in-${name}`, 'running').waitFor()
  })

  test('no view asks for, or complains of, what only ours has', async () => {
    const asked: string[] = []
    screen.page.on('request', (request) => asked.push(request.url()))
    for (const view of VIEWS) {
      await screen.go(view)
      await screen.photograph(`engines-${name}-${view}`)
      expect(await screen.get('error-note').allTextContents(), view).toEqual([])
    }
    expect(asked.filter((url) => url.includes('/engineroom/v1/'))).toEqual([])
    await screen.go('inspector')
    await screen.sees('only-ours', 'Only Engineroom’s own engine has that')
    await screen.go('engine-log')
    await screen.sees('only-ours', 'The engine’s own log')
    await screen.go('data')
    await screen.sees('only-ours', 'docker system df -v')
  })

  test('a container is looked at in every way, and its terminal answers', async () => {
    for (const tab of TABS) {
      // Podman 4.3 answers /top with nothing; the view says that it cannot list them.
      if (name === 'podman' && tab === 'processes') continue
      await screen.open(`in-${name}`, tab)
      await screen.photograph(`engines-${name}-tab-${tab}`)
      expect(await screen.get('error-note').allTextContents(), tab).toEqual([])
    }
    await screen.shellAnswers(`in-${name}`)
  })
})

test('through ssh: what it says of a computer that nobody has looked at, then the engine behind it', async () => {
  await screen.go('containers')
  await switchTo('by-ssh')
  await screen.sees('engine-down', 'ssh said: Host key verification failed.')
  await screen.sees('engine-down', 'Connect once in a terminal')
  await screen.photograph('engines-ssh-refused')
  await sshd.trustIt()
  await screen.container('in-ours', 'running').waitFor()
  await screen.sees('host-place', `at ssh://root@127.0.0.1:${sshd.port}`)
  await screen.shellAnswers('in-ours')
})
