import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'
import { leftovers, Project, startWithCompose } from './project.ts'

/** Compose v2 takes a project through its life; each test goes on where the last one stopped. */

const COMPOSE = `
services:
  store:
    image: busybox
    command: sh -c 'echo kept > /data/file; exec httpd -f -p 80 -h /data'
    stop_signal: SIGKILL
    healthcheck: { test: "wget -qO- http://127.0.0.1/file", interval: 1s, start_interval: 200ms, start_period: 60s, retries: 60 }
    volumes: [ "data:/data" ]
    networks: { back: { aliases: [ database ] } }
  migrate:
    image: busybox
    command: wget -qO- http://database/file
    depends_on: { store: { condition: service_healthy } }
    networks: [ back ]
  web:
    build: { context: ./web, args: { WORD: built here } }
    stop_signal: SIGKILL
    environment: [ "GREETING=\${GREETING:-hello}" ]
    ports: [ "127.0.0.1::8080", "127.0.0.1::9000/udp" ]
    volumes: [ /kept ]
    depends_on:
      migrate: { condition: service_completed_successfully }
      store: { condition: service_healthy, restart: true }
    networks: [ front, back ]
  worker:
    image: busybox
    command: sh -c 'trap "exit 7" TERM; echo working; while :; do sleep 1; done'
    networks: [ back ]
  reader:
    image: busybox
    command: sh -c 'while read line; do echo "got $$line"; done'
    stdin_open: true
    stop_signal: SIGKILL
    networks: [ back ]
  debug:
    image: busybox
    command: sleep 1000
    stop_signal: SIGKILL
    profiles: [ tools ]
    networks: [ back ]
networks:
  front: {}
  back: { internal: true }
volumes:
  data: {}
`

const WEB = `FROM busybox
ARG WORD
RUN mkdir /www && echo "page $WORD" > /www/index.html
EXPOSE 8080
CMD ["sh", "-c", "echo $GREETING; exec httpd -f -p 8080 -h /www"]
`

let daemon: TestDaemon
let shop: Project
beforeAll(async () => {
  daemon = await startWithCompose()
  shop = await Project.create(daemon, 'shop', { 'compose.yaml': COMPOSE, 'web/Dockerfile': WEB })
})
afterAll(() => daemon[Symbol.asyncDispose]())

const id = (service: string) => shop.inspect(service, '{{.Id}}')
const RUNNING = ['shop-reader-1 running', 'shop-store-1 running', 'shop-web-1 running', 'shop-worker-1 running']

test('up builds, waits for what is healthy and for what has ended, and returns when all are', async () => {
  await shop.ok('up', '--detach', '--build')
  // What has ended is not waited for to run: `--wait` is for the others.
  await shop.ok('up', '--detach', '--wait', 'store', 'web', 'worker', 'reader')
  const rows = await shop.rows()
  expect(rows.map(({ Name, State, Health, ExitCode }) => `${Name} ${State} ${Health} ${ExitCode}`)).toEqual([
    'shop-migrate-1 exited  0',
    'shop-reader-1 running  0',
    'shop-store-1 running healthy 0',
    'shop-web-1 running  0',
    'shop-worker-1 running  0',
  ])
  // It has run once for each up.
  expect(await shop.ok('logs', '--no-log-prefix', 'migrate')).toBe('kept\nkept')
  const label = (name: string) => shop.inspect('web', `{{index .Config.Labels "com.docker.compose.${name}"}}`)
  expect(await Promise.all(['project', 'service', 'container-number', 'oneoff', 'project.working_dir'].map(label))).toEqual([
    'shop',
    'web',
    '1',
    'False',
    shop.folder,
  ])
  expect(await daemon.ok('inspect', '--format', '{{index .Config.Labels "com.docker.compose.image"}} {{.Image}}', 'shop-web-1')).toMatch(/^(sha256:\w+) \1$/)
})

test('up again finds that nothing is to be done', async () => {
  const before = await Promise.all(['store', 'web', 'worker'].map(id))
  await shop.ok('up', '--detach', '--build')
  expect(await Promise.all(['store', 'web', 'worker'].map(id))).toEqual(before)
})

test('port, and what is behind it', async () => {
  const address = await shop.ok('port', 'web', '8080')
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(await until('the page', async () => (await fetch(`http://${address}/`)).text())).toBe('page built here\n')
  expect(await shop.ok('port', '--protocol', 'udp', 'web', '9000')).toMatch(/^127\.0\.0\.1:\d+$/)
  const [web] = (await shop.rows()).filter(({ Service }) => Service === 'web')
  expect(web?.Publishers?.map(({ TargetPort, Protocol }) => `${TargetPort}/${Protocol}`).sort()).toEqual(['8080/tcp', '9000/udp'])
})

describe('exec', () => {
  test('passes output and the exit code on; services find each other by name and by alias', async () => {
    const script = 'for name in store database shop-store-1; do wget -qO- http://$name/file; done; exit 4'
    const { code, stdout } = await shop.compose(['exec', '-T', 'web', 'sh', '-c', script])
    expect([code, stdout]).toEqual([4, 'kept\n'.repeat(3)])
    expect(await shop.exec('web', 'sh', '-c', 'wget -qO- -T 2 http://10.255.255.1/ 2>&1 || echo no way out').then((text) => text.split('\n').at(-1))).toBe(
      'no way out',
    )
  })

  test('has a terminal of its own, with its size', async () => {
    await using session = shop.terminal('exec', '-e', 'A=b', '-w', '/www', 'web', 'sh')
    session.type('stty size; tty; echo "$A $PWD"; exit 3\r')
    expect(await session.ended).toBe(3)
    expect(session.stdout).toMatch(/24 80\r\n\/dev\/pts\/0\r\nb \/www\r\n/)
  })

  test('--user and --privileged', async () => {
    expect(await shop.ok('exec', '-T', '--user', '1234:5', 'web', 'id', '-u')).toBe('1234')
    expect(await shop.ok('exec', '-T', '--privileged', 'web', 'sh', '-c', 'grep CapEff /proc/self/status')).not.toBe(
      await shop.ok('exec', '-T', 'web', 'sh', '-c', 'grep CapEff /proc/self/status'),
    )
  })
})

test('logs are those of each service; -f goes on', async () => {
  const output = await shop.ok('logs', '--no-color', 'web', 'worker')
  expect(output).toMatch(/^web-1 +\| hello$/m)
  expect(output).toMatch(/^worker-1 +\| working$/m)
  await using logs = shop.session('logs', '-f', '--no-color', '--tail', '1', 'reader')
  await using attached = shop.session('attach', '--sig-proxy=false', 'reader')
  await until('the line to come back', () => {
    attached.type('line\n')
    return /got line/.test(attached.stdout) && /reader-1 +\| got line/.test(logs.stdout)
  })
  // Both go on until the container ends.
  await shop.ok('kill', 'reader')
  await Promise.all([attached.ended, logs.ended])
  await shop.ok('start', 'reader')
})

test('cp in both directions, of files, folders and archives', async () => {
  await writeFile(join(shop.folder, 'note'), 'a note\n')
  await shop.ok('cp', join(shop.folder, 'note'), 'web:/www/note')
  expect(await shop.exec('web', 'cat', '/www/note')).toBe('a note')
  await mkdir(join(shop.folder, 'back'))
  await shop.ok('cp', 'web:/www', join(shop.folder, 'back'))
  expect(await readFile(join(shop.folder, 'back/www/note'), 'utf8')).toBe('a note\n')
  const { stdout } = await shop.compose(['cp', 'web:/www/note', '-'])
  expect(stdout).toContain('a note\n')
})

test('run gives one more container, for once, with its exit code and what it depends on', async () => {
  const { code, stdout } = await shop.compose(['run', '--rm', '-T', '-e', 'A=once', '--no-deps', 'worker', 'sh', '-c', 'echo $A; exit 6'])
  expect([code, stdout]).toEqual([6, 'once\n'])
  await using session = shop.terminal('run', '--rm', '--name', 'typed', 'web', 'sh')
  await session.shows(/# /)
  session.type('test -t 0 && wget -qO- http://store/file; exit 9\r')
  expect(await session.ended).toBe(9)
  expect(session.stdout).toContain('kept')
  expect(await shop.ok('run', '--rm', '-T', '--service-ports', '--use-aliases', '--entrypoint', 'echo', 'web', 'by', 'itself')).toContain('by itself')
  expect((await shop.states()).filter((state) => state.endsWith(' running'))).toEqual(RUNNING)
})

test('top, images, ls, volumes, stats, version, config', async () => {
  expect(await shop.ok('top', 'worker')).toMatch(/sleep 1|trap/)
  expect(await shop.ok('images', '--format', 'json')).toContain('"Repository":"shop-web"')
  expect(JSON.parse(await shop.ok('ls', '--format', 'json'))).toEqual([
    { Name: 'shop', Status: expect.stringMatching(/running\(4\)/), ConfigFiles: join(shop.folder, 'compose.yaml') },
  ])
  expect(await shop.ok('volumes', '--format', '{{.Name}}')).toContain('shop_data')
  expect(await shop.ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', 'store')).toMatch(/^shop-store-1 \d+$/m)
  expect(await shop.ok('config', '--services')).toContain('store')
  expect(JSON.parse(await shop.ok('config', '--format', 'json'))).toMatchObject({ name: 'shop', services: { web: { ports: expect.any(Array) } } })
})

test('profiles', async () => {
  expect(await shop.states()).not.toContain('shop-debug-1 running')
  await shop.ok('--profile', 'tools', 'up', '--detach')
  expect(await shop.states()).toContain('shop-debug-1 running')
  await shop.ok('rm', '--stop', '--force', 'debug')
  expect(await shop.states()).not.toContain('shop-debug-1 running')
})

test('scale', async () => {
  await shop.ok('scale', 'worker=3')
  const workers = async () => (await shop.states()).filter((state) => state.includes('worker'))
  expect(await workers()).toEqual([1, 2, 3].map((number) => `shop-worker-${number} running`))
  await shop.ok('up', '--detach', '--scale', 'worker=1', '--no-recreate')
  expect(await workers()).toEqual(['shop-worker-1 running'])
})

test('pause, unpause, stop, start, restart, kill and wait, with their events', async () => {
  await using events = shop.session('events', '--json')
  const told = (action: string) => events.stdout.split('\n').some((line) => line.includes(`"action":"${action}"`) && line.includes('"service":"worker"'))
  const worker = async () => (await shop.states()).find((state) => state.startsWith('shop-worker-1'))
  await until('somebody to listen', async () => {
    await shop.ok('restart', '--timeout', '0', 'reader')
    return events.stdout.includes('"service":"reader"')
  })
  await shop.ok('pause', 'worker')
  expect(await worker()).toBe('shop-worker-1 paused')
  await shop.ok('unpause', 'worker')
  await shop.ok('stop', 'worker')
  expect(await worker()).toBe('shop-worker-1 exited')
  expect((await shop.rows()).find(({ Service }) => Service === 'worker')?.ExitCode).toBe(7)
  await shop.ok('start', 'worker')
  expect(await worker()).toBe('shop-worker-1 running')
  await shop.ok('restart', 'worker')
  await using waiting = shop.session('wait', 'worker')
  await until('the end to be told', async () => {
    await shop.compose(['kill', '--signal', 'TERM', 'worker'])
    return told('die')
  })
  expect(await waiting.ended).toBe(7)
  await shop.ok('up', '--detach', 'worker')
  await shop.ok('kill', 'worker')
  expect((await shop.rows()).find(({ Service }) => Service === 'worker')?.ExitCode).toBe(137)
  await shop.ok('start', 'worker')
  await until('all events', () => ['pause', 'unpause', 'stop', 'die', 'start', 'restart', 'kill'].every(told))
})

test('a changed configuration recreates what has changed; anonymous volumes stay, and those who depend on it restart', async () => {
  await shop.shell('web', 'echo mine > /kept/file')
  const [store, web, worker] = await Promise.all(['store', 'web', 'worker'].map(id))
  await shop.okWith({ GREETING: 'good day' }, 'up', '--detach')
  expect([await id('store'), await id('worker')]).toEqual([store, worker])
  expect(await id('web')).not.toBe(web)
  expect(await shop.exec('web', 'cat', '/kept/file')).toBe('mine')
  await until('the new greeting', async () => (await daemon.ok('logs', 'shop-web-1')) === 'good day')
  await shop.ok('up', '--detach', '--force-recreate', '--renew-anon-volumes', '--no-deps', 'web')
  expect(await shop.exec('web', 'ls', '/kept')).toBe('')
  const begun = await shop.inspect('web', '{{.State.StartedAt}}')
  await shop.ok('restart', 'store')
  expect([await id('store'), (await shop.inspect('web', '{{.State.StartedAt}}')) === begun]).toEqual([store, false])
})

test('a file that is changed is built anew by up --build', async () => {
  await shop.write('web/Dockerfile', WEB.replace('page', 'a new page'))
  const before = await id('web')
  await shop.ok('up', '--detach', '--build', '--wait', 'web')
  expect(await id('web')).not.toBe(before)
  const address = await shop.ok('port', 'web', '8080')
  expect(await until('the page', async () => (await fetch(`http://${address}/`)).text())).toBe('a new page built here\n')
})

test('up in the foreground shows the logs, and stops with ctrl-c', async () => {
  await using up = shop.session('up', '--no-color', '--force-recreate', 'worker')
  await up.shows(/worker-1 +\| working/)
  up.kill('SIGINT')
  await up.ended
  expect(await shop.states()).toContain('shop-worker-1 exited')
})

test('--exit-code-from', async () => {
  await shop.write('other.yaml', 'services: { once: { image: busybox, command: "sh -c \'exit 5\'" } }\n')
  const { code } = await daemon.docker(['compose', '-f', join(shop.folder, 'other.yaml'), '-p', 'other', 'up', '--exit-code-from', 'once'])
  expect(code).toBe(5)
  await daemon.ok('compose', '-f', join(shop.folder, 'other.yaml'), '-p', 'other', 'down')
})

test('down leaves nothing', async () => {
  await shop.ok('down', '--volumes', '--rmi', 'local', '--timeout', '0')
  // What was built anew has left the image before it, and --renew-anon-volumes the volume before that.
  await daemon.ok('image', 'prune', '--force')
  await daemon.ok('volume', 'prune', '--force')
  expect(await leftovers(daemon)).toEqual([])
})
