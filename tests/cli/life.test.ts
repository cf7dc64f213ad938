import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'
import { CLIENT, engineroom } from './ours.ts'

/** Our client alone, from an empty engine to an empty engine. */

let daemon: TestDaemon
let folder: string
beforeAll(async () => {
  daemon = await startDaemon()
  folder = await mkdtemp('/tmp/er-')
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await daemon[Symbol.asyncDispose]()
})

/** Runs our client, which must succeed. @returns its standard output without the last newline */
async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await engineroom(daemon, args)
  expect([code, stderr]).toEqual([0, ''])
  return stdout.trimEnd()
}

describe('a container', () => {
  test('is run, seen, stopped, started, killed and removed', async () => {
    const id = await ok('run', '-d', '--name', 'web', '--cidfile', join(folder, 'id'), 'busybox', 'sleep', '1000')
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(await readFile(join(folder, 'id'), 'utf8')).toBe(id)
    expect(await ok('ps', '-q')).toBe(id.slice(0, 12))
    expect(await ok('stop', '-t', '0', 'web')).toBe('web')
    expect(await ok('ps', '-q')).toBe('')
    expect(await ok('start', 'web')).toBe('web')
    expect(await ok('kill', '-s', 'KILL', 'web')).toBe('web')
    await ok('run', '--name', 'other', 'busybox', 'true')
    expect(await ok('rm', 'web', 'other')).toBe('web\nother')
    expect(await ok('ps', '-aq')).toBe('')
  })

  test('has the same flags as its name: one that fails to start with --rm is gone', async () => {
    const { code } = await engineroom(daemon, ['run', '--rm', '--name', 'broken', 'busybox', 'nosuchcommand'])
    expect([code, await ok('ps', '-aq')]).toEqual([127, ''])
  })
})

describe('an image', () => {
  test('is saved, removed, and loaded from a file and from a pipe', async () => {
    const archive = join(folder, 'image.tar')
    await daemon.ok('save', '-o', archive, 'busybox')
    expect(await ok('rmi', 'busybox')).toMatch(/^Untagged: busybox:latest\nDeleted: sha256:/)
    expect(await ok('images', '-q')).toBe('')
    expect(await ok('load', '-i', archive)).toBe('Loaded image: busybox:latest')
    const { code, stdout } = await engineroom(daemon, ['load', '-q'], { input: await readFile(archive) })
    expect([code, stdout]).toEqual([0, 'Loaded image: busybox:latest\n'])
    await writeFile(archive, 'no archive')
    expect(await engineroom(daemon, ['load', '-i', archive])).toMatchObject({ code: 1 })
  })
})

describe('the engine', () => {
  test('is described by info and version', async () => {
    const info = await ok('info')
    expect(info).toMatch(/^Client: Engineroom\n[\s\S]*\n\nServer:\n Containers: 0\n[\s\S]*\n Docker Root Dir: \/tmp\/er-/)
    const theirs = await daemon.ok('info')
    expect(serverPart(info)).toBe(serverPart(theirs))
    const version = await ok('version')
    expect(version).toMatch(/^Client: Engineroom\n Version: {11}\S+\n API version: {7}1\.51\n/)
    const shown = await daemon.ok('version')
    expect(serverPart(version)).toBe(serverPart(shown))
    expect(await ok('version', '-f', '{{.Server.ApiVersion}} {{.Client.ApiVersion}}')).toBe('1.51 1.51')
  })

  test('can be another one, chosen by -H or DOCKER_HOST', async () => {
    expect(await ok('-H', `unix://${daemon.socketPath}`, 'ps', '-q')).toBe('')
    const { code, stderr } = await engineroom(daemon, ['-H', 'unix:///nosuch.sock', 'ps'])
    expect([code, stderr]).toEqual([
      1,
      "Cannot connect to the Engineroom daemon at unix:///nosuch.sock. Is it running? Start it with 'npm start' or 'engineroom daemon'.\n",
    ])
    const run = await engineroom(daemon, ['run', 'busybox'], { env: { DOCKER_HOST: 'unix:///nosuch.sock' } })
    expect([run.code, run.stderr]).toEqual([
      125,
      expect.stringMatching(/^engineroom: Cannot connect to the Engineroom daemon[\s\S]*'engineroom run --help' for more information\n$/),
    ])
  })

  test('is examined by the doctor, and the way to it', async () => {
    const well = await engineroom(daemon, ['doctor'])
    const lines = well.stdout.split('\n')
    expect(lines).toEqual(expect.arrayContaining([`✓ the engine at unix://${daemon.socketPath}`, '✓ its version', '✓ the tools that an engine needs here']))
    expect(well.code).toBe(lines.some((line) => line.startsWith('✗')) ? 1 : 0)
    const [node, ...first] = CLIENT
    const none = await run(node, [...first, '-H', 'unix:///nosuch.sock', 'doctor'])
    expect(none).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('✗ the engine at unix:///nosuch.sock: it does not run: there is no socket\n    As root: '),
    })
  })

  test('need not be there for help', async () => {
    const [node, ...first] = CLIENT
    const help = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(node, [...first, ...args], { env: { DOCKER_HOST: 'unix:///nosuch.sock' } })
      expect([code, stderr]).toEqual([0, ''])
      return stdout
    }
    const all = await help('--help')
    const names = [...all.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name ?? '')
    expect(names).toEqual(expect.arrayContaining(['run', 'ps', 'images', 'logs', 'exec', 'stop', 'rm', 'pull', 'load', 'version', 'info', 'daemon', 'desktop']))
    for (const name of names) {
      if (name === 'desktop' || name === 'vm') continue // The launcher's own.
      expect(await help('help', name)).toMatch(new RegExp(`^Usage: +engineroom ${name}`))
    }
    expect(await help('run', '--help')).toContain('  -p, --publish list')
    expect(await help('ps', '-h')).toContain('Usage:  engineroom ps [OPTIONS]')
  })
})

/** What is said of the engine, without how much memory it has taken by then. */
function serverPart(said: string): string {
  return said.slice(said.indexOf('Server:')).replace(/(Engine memory: )\d+/, '$1N')
}
