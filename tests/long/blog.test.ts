import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/**
 * The chapter's blog: MariaDB and WordPress, built by our builder from Debian's packages, linked as in technique 8, and two of them side
 * by side as in technique 6. Takes minutes, and Debian's mirror.
 */
let daemon: TestDaemon
const ports: number[] = []
const PASSWORD = 'yoursecretpassword'

beforeAll(async () => {
  daemon = await startDaemon({ withBusybox: false })
  await importDebian()
  for (const name of ['mariadb', 'wordpress']) {
    const folder = fileURLToPath(new URL(`blog/${name}`, import.meta.url))
    const built = await daemon.docker(['build', '-t', name, folder], { timeoutMs: 900_000 })
    if (built.code !== 0) throw new Error(`docker build of ${name}: ${built.stderr}${built.stdout.slice(-2000)}`)
  }
  for (const number of [1, 2]) {
    const port = await freePort()
    ports.push(port)
    await daemon.ok('run', '--name', `mysql${number}`, '-e', `MYSQL_ROOT_PASSWORD=${PASSWORD}`, '-d', 'mariadb')
    await daemon.ok('run', '--name', `blog${number}`, '--link', `mysql${number}:mysql`, '-p', `${port}:80`, '-d', 'wordpress')
  }
})
afterAll(() => daemon?.[Symbol.asyncDispose]())

/** The image that everything else is made from, as `debian:bookworm` of the Hub is made. */
async function importDebian(): Promise<void> {
  const root = join(daemon.root, 'debian')
  await mkdir(root)
  const made = await run('debootstrap', ['--variant=minbase', 'bookworm', root, 'http://deb.debian.org/debian'], { timeoutMs: 900_000 })
  if (made.code !== 0) throw new Error(`debootstrap (on Debian: apt-get install debootstrap): ${made.stderr}${made.stdout.slice(-2000)}`)
  const packed = await run('sh', ['-c', `tar -C ${root} -c . | DOCKER_HOST=unix://${daemon.socketPath} docker import - debian:bookworm`], {
    timeoutMs: 300_000,
  })
  if (packed.code !== 0) throw new Error(packed.stderr)
}

const get = async (number: number, path = '/'): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${ports[number - 1]}${path}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 500)}`)
  return text
}

test('the installation page of each comes through its published port', async () => {
  for (const number of [1, 2]) {
    // A blog whose database still makes its first files says 500.
    await until(`blog${number} to be there`, async () => (await get(number)).includes('WordPress &rsaquo; Installation'), 120_000)
    expect(await get(number, '/wp-admin/install.php')).toContain('Welcome to the famous five-minute WordPress installation process!')
  }
})

test('one of them is set up: it writes to its database', async () => {
  const form = {
    weblog_title: 'Our first blog',
    user_name: 'admin',
    admin_password: PASSWORD,
    admin_password2: PASSWORD,
    pw_weak: 'on',
    admin_email: 'admin@blog.example',
    blog_public: '0',
    Submit: 'Install WordPress',
  }
  const answer = await fetch(`http://127.0.0.1:${ports[0]}/wp-admin/install.php?step=2`, { method: 'POST', body: new URLSearchParams(form) })
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('WordPress has been installed')])
})
