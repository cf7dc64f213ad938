import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Outcome, type RunOptions, run } from '../harness/run.ts'
import { succeed } from './machine.ts'

const LAUNCHER = new URL('../../engineroom', import.meta.url).pathname

/** A folder of this computer in a machine that `./engineroom vm start` boots. */
let root: string
let share: string

const env = () => ({ ENGINEROOM_HOME: join(root, 'home'), DOCKER_HOST: `unix://${join(root, 'home/run/docker.sock')}` })
const engineroom = (...args: string[]) => run(LAUNCHER, args, { timeoutMs: 500_000, env: env() })

beforeAll(async () => {
  root = await mkdtemp('/tmp/er-shares-')
  share = join(root, 'shared, and more')
  const tools = join(root, 'tools')
  for (const folder of [share, join(tools, 'bin'), join(root, 'beside')]) await mkdir(folder, { recursive: true })
  await writeFile(join(root, 'beside/secret'), 'secret')
  await succeed(LAUNCHER, ['vm', 'build', '--arch', 'x86_64', '--out', join(root, 'image')])
  const { code, stderr } = await engineroom('vm', 'start', '--assets', join(root, 'image'), '--memory', '1g', '--disk', '8g', '--share', share)
  if (code !== 0) throw new Error(stderr)
  await succeed('cp', ['/bin/busybox', join(tools, 'bin/busybox')])
  for (const name of ['sh', 'cat', 'ls', 'ln', 'chown', 'chmod', 'stat', 'mv', 'rm']) await symlink('busybox', join(tools, 'bin', name))
  await succeed('tar', ['-C', tools, '-cf', join(root, 'tools.tar'), '.'])
  await ok('import', join(root, 'tools.tar'), 'busybox')
})

afterAll(async () => {
  await engineroom('vm', 'stop')
  await rm(root, { recursive: true, force: true })
})

function docker(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run('docker', args, { timeoutMs: 120_000, ...options, env: env() })
}

async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(args)
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** What a shell in a container says that has the shared folder at /src. */
const inside = (script: string) => ok('run', '--rm', '-v', `${share}:/src`, '-w', '/src', 'busybox', 'sh', '-ec', script)

test('a file that either side writes is there on the other at once', async () => {
  await writeFile(join(share, 'from-here'), 'here')
  expect(await inside('cat from-here; echo there >from-there')).toBe('here')
  expect(await readFile(join(share, 'from-there'), 'utf8')).toBe('there\n')
  await writeFile(join(share, 'from-there'), 'here again, and longer')
  expect(await inside('cat from-there')).toBe('here again, and longer')
  expect((await run(LAUNCHER, ['vm', 'status'], { env: env() })).stdout).toContain(`shares  ${share}\n`)
})

test('owners, modes and links are the same on both sides', async () => {
  await symlink('from-here', join(share, 'link-from-here'))
  expect(await inside('cat link-from-here; echo >own; chown 999:998 own; chmod 4750 own; ln -s own link; stat -c "%u %g %a" own')).toBe('here999 998 4750')
  const { uid, gid, mode } = await stat(join(share, 'own'))
  expect([uid, gid, (mode & 0o7777).toString(8), await readlink(join(share, 'link'))]).toEqual([999, 998, '4750', 'own'])
})

test('a file that is open can be renamed and removed', async () => {
  expect(await inside('exec 3<>open; echo words >&3; mv open other; cat other; rm other; echo more >&3; ls /proc/self/fd/3')).toBe('words\n/proc/self/fd/3')
})

test('a folder that is not there is made here, as it would be without a VM', async () => {
  await ok('run', '--rm', '-v', `${share}/new/folder:/src`, 'busybox', 'sh', '-c', 'echo >/src/file')
  expect((await stat(join(share, 'new/folder/file'))).isFile()).toBe(true)
})

test.each(['/opt', '/root', '/'])('%s is not shared, and a bind of it is refused', async (path) => {
  const { code, stderr } = await docker(['run', '--rm', '-v', `${path}:/src`, 'busybox', 'true'])
  expect([code, stderr]).toEqual([125, expect.stringContaining(`Mounts denied: The path ${path} is not shared with the virtual machine`)])
})

test('nothing beside it is reached by links, in a container or in the guest', async () => {
  await symlink(join(root, 'beside'), join(share, 'out'))
  await symlink('../beside', join(share, 'up'))
  expect(await inside('cat out/secret up/secret ../beside/secret 2>&1 || echo none')).toMatch(/none$/)
  for (const link of ['out', 'up']) expect((await docker(['run', '--rm', '-v', `${share}/${link}:/x`, 'busybox', 'ls'])).stderr).toContain('Mounts denied')
  const guest = ['run', '--rm', '--privileged', '--pid', 'host', 'busybox', 'busybox', 'nsenter', '-t', '1', '-m', '/usr/bin/busybox']
  expect((await docker([...guest, 'cat', `${share}/up/secret`])).stderr).toContain('No such file or directory')
})

test('the root of the guest cannot be written, whatever is mounted in it', async () => {
  const guest = ['run', '--rm', '--privileged', '--pid', 'host', 'busybox', 'busybox', 'nsenter', '-t', '1', '-m', '/usr/bin/busybox']
  expect((await docker([...guest, 'touch', '/file'])).stderr).toContain('Read-only file system')
})

test('the socket of the engine is where containers look for it', async () => {
  expect(await ok('run', '--rm', '-v', '/var/run/docker.sock:/socket', 'busybox', 'stat', '-c', '%F', '/socket')).toBe('socket')
})
