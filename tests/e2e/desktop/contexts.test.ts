import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { freePort } from '../../harness/tcp.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

/** The window on this computer's engine, and contexts of the docker command that lead to another one. One window, so the tests go on from one another. */
let owned: AsyncDisposableStack
let here: TestDaemon
let there: TestDaemon
let certificates: Certificates
let address: string
let listens: string[]
let dockerConfig: string
let desktop: Desktop
let screen: Screen

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  here = opening.use(await startDaemon())
  there = opening.use(await startDaemon())
  dockerConfig = join(here.root, 'docker')
  await mkdir(dockerConfig)
  const port = await freePort()
  address = `tcp://127.0.0.1:${port}`
  certificates = await makeCertificates(join(there.root, 'certs'), '--host', '127.0.0.1')
  listens = ['-H', address, '--tlsverify', ...certificates.daemonFlags]
  await there.stop()
  await there.start(listens)
  await there.ok('run', '-d', '--name', 'far', 'busybox', 'sleep', '1000')
  await here.ok('run', '-d', '--name', 'near', 'busybox', 'sleep', '1000')
  await makeContext('far', papers())
  await makeContext('no-papers', `host=${address},skip-tls-verify=true`)
  await makeContext('socket', `host=unix://${there.socketPath}`)
  await makeContext('nobody', `host=tcp://127.0.0.1:${await freePort()}`)
  desktop = await Desktop.open(here.socketPath, undefined, { vm: 'default', engineHost: 'native', home: join(here.root, 'h'), dockerConfig })
  opening.defer(() => desktop[Symbol.asyncDispose]())
  screen = new Screen(desktop.page)
  owned = opening.move()
})
afterAll(() => owned?.disposeAsync())

/** As the docker command makes it. */
async function makeContext(name: string, docker: string): Promise<void> {
  const { code, stderr } = await here.docker(['context', 'create', name, '--docker', docker], { env: { DOCKER_CONFIG: dockerConfig } })
  if (code !== 0) throw new Error(stderr)
}

const papers = () => {
  const client = `${certificates.folder}/client`
  return `host=${address},ca=${client}/ca.pem,cert=${client}/cert.pem,key=${client}/key.pem`
}

async function switchTo(key: string): Promise<void> {
  await screen.get('host-open').click()
  await screen.get(`host-${key}`).check()
  await screen.get('host-switch').click()
}

test('each engine that docker could be sent to is there, and whether it answers', async () => {
  await screen.container('near', 'running').waitFor()
  await screen.get('host-open').click()
  await screen.sees('answer-native', /Engineroom .* answers/)
  await screen.sees('answer-vm', 'no engine listens there')
  await screen.sees('answer-context:far', /Engineroom .* answers/)
  await screen.sees('answer-context:socket', /Engineroom .* answers/)
  await screen.sees('answer-context:nobody', 'The connection was refused')
  await screen.sees('answer-context:no-papers', 'The engine does not accept the certificate of this context')
  await screen.sees('host-dialog', address)
  await screen.photograph('desktop-contexts')
  await screen.page.keyboard.press('Escape')
})

test('the window shows an engine over TCP with TLS, and remembers it', async () => {
  await switchTo('context:far')
  await screen.container('far', 'running').waitFor()
  await screen.sees('host-place', new RegExp(`Engineroom .* at ${address}`))
  expect(await screen.container('near').count()).toBe(0)
  const state = await desktop.app.evaluate(({ app }) => app.getPath('userData'))
  expect(JSON.parse(await readFile(join(state, 'settings.json'), 'utf8'))).toMatchObject({ engineHost: 'context', engineContext: 'far' })
})

test('a terminal in a container over there answers', async () => {
  await screen.shellAnswers('far')
  await screen.go('containers')
})

test('an engine that goes away: why, with nothing to press that is not ours; it is shown again when it is back', async () => {
  await there.stop()
  await screen.sees('engine-down', 'far does not answer')
  await screen.sees('engine-down', 'The connection was refused: no engine listens there.')
  await screen.sees('engine-down', address)
  expect(await screen.get('engine-start').count()).toBe(0)
  await screen.photograph('desktop-context-down')
  await there.start(listens)
  await screen.get('engine-down').waitFor({ state: 'detached' })
  await screen.container('far', 'running').waitFor()
})

test('a certificate that is not right is said, and mended by mending the context', async () => {
  await switchTo('context:no-papers')
  await screen.sees('engine-down', 'The engine does not accept the certificate of this context.')
  await screen.sees('engine-down', 'docker context update')
  await here.docker(['context', 'update', 'no-papers', '--docker', papers()], { env: { DOCKER_CONFIG: dockerConfig } })
  await screen.container('far', 'running').waitFor()
})

test('one on a socket of this computer, and back to our own', async () => {
  await switchTo('context:socket')
  await screen.sees('host-place', `unix://${there.socketPath}`)
  await screen.container('far', 'running').waitFor()
  await screen.go('settings')
  expect(await screen.page.getByText('Command line').count()).toBe(0)
  await switchTo('native')
  await screen.sees('host-place', 'on this computer')
  await screen.go('containers')
  await screen.container('near', 'running').waitFor()
})
