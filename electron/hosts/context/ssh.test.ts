import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../../../tests/harness/until.ts'
import { putContext } from '../../docker/contexts.ts'
import { UnixServer } from '../../testing/unix-server.ts'
import { ContextHost } from './context-host.ts'
import { sshArguments } from './ssh.ts'

/** Stands in for ssh: notes its words, and either says what the file beside it has it say, or joins the engine's socket. */
const SSH = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$@" >"$here/words"
if [ -e "$here/said" ]; then cat "$here/said" >&2; exit 255; fi
exec node -e 'const s = require("net").connect({ path: process.argv[1], allowHalfOpen: true }); process.stdin.pipe(s).pipe(process.stdout)' "$(cat "$here/socket")"
`

const path = process.env.PATH
let folder: string
let host: ContextHost

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-ssh-'))
  await writeFile(join(folder, 'ssh'), SSH)
  await chmod(join(folder, 'ssh'), 0o755)
  process.env.PATH = `${folder}:${path}`
  await putContext(folder, 'far', 'ssh://me@build.example:2222', 'the big one')
  host = new ContextHost({ name: 'far', dockerFolder: folder })
})

afterEach(async () => {
  host.close()
  process.env.PATH = path
  await rm(folder, { recursive: true })
})

test('an engine behind ssh is met as docker meets it, by the words that docker gives, and nobody is asked anything', async () => {
  await using engine = await UnixServer.http((_, response) => response.writeHead(200, { 'Api-Version': '1.41' }).flushHeaders())
  await writeFile(join(folder, 'socket'), engine.socketPath)
  host.watch()
  await until('the engine', () => host.status.state === 'running')
  expect([host.apiVersion, host.status.context]).toEqual(['1.41', { name: 'far', host: 'ssh://me@build.example:2222' }])
  const words = (await readFile(join(folder, 'words'), 'utf8')).trim().split('\n')
  expect(words.slice(-9)).toEqual(['-l', 'me', '-p', '2222', '--', 'build.example', 'docker', 'system', 'dial-stdio'])
  expect(words).toContain('BatchMode=yes')
})

test('what ssh says is told with what to do about it, and the window recovers by itself', async () => {
  await using engine = await UnixServer.http((_, response) => response.writeHead(200).flushHeaders())
  await writeFile(join(folder, 'socket'), engine.socketPath)
  await writeFile(join(folder, 'said'), 'Warning: something\nme@build.example: Permission denied (publickey).\n')
  host.watch()
  await until('the refusal', () => host.status.state === 'failed')
  expect(host.status.detail).toBe('ssh said: me@build.example: Permission denied (publickey).')
  expect(host.status.remedy).toContain('ssh-copy-id')
  expect(host.status.lastLines).toEqual(['Warning: something', 'me@build.example: Permission denied (publickey).'])
  await rm(join(folder, 'said'))
  await until('the engine', () => host.status.state === 'running')
  expect(host.status).toMatchObject({ detail: '', remedy: '', lastLines: [] })
})

test('without ssh that is said', async () => {
  process.env.PATH = '/nowhere'
  host.watch()
  await until('the refusal', () => host.status.state === 'failed')
  expect(host.status.detail).toBe('There is no ssh command on this computer.')
})

test('a path over there is one word for the shell over there', () => {
  expect(sshArguments({ kind: 'ssh', host: 'b', path: "/a b'c" }, '/s').slice(-6)).toEqual([
    'b',
    'docker',
    '--host',
    "'unix:///a b'\\''c'",
    'system',
    'dial-stdio',
  ])
})
