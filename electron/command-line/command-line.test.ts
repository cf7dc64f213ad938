import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommandLinePart } from '../ipc/contract.ts'
import { UnixServer } from '../testing/unix-server.ts'
import { CommandLine } from './command-line.ts'
import { Notes } from './notes.ts'

let folder: string
let engine: string
let systemSocket: string
let configFile: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  engine = join(folder, 'engine.sock')
  systemSocket = join(folder, 'docker.sock')
  configFile = join(folder, 'docker/config.json')
  mkdirSync(join(folder, 'docker'))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(configFile, '{"auths":{},"currentContext":"work"}')
  writeFileSync(join(folder, 'engineroom'), '#!/bin/sh\necho "# engineroom for $2"\n', { mode: 0o755 })
  for (const shell of ['bash', 'zsh']) writeFileSync(join(folder, 'bin', shell), '')
})
afterEach(() => rm(folder, { recursive: true }))

/** As it is at each start of the window. */
function commandLine(): CommandLine {
  const environment = { PATH: `${join(folder, 'bin')}:${join(folder, '.local/bin')}` }
  return new CommandLine({
    notesPath: join(folder, 'notes.json'),
    dockerFolder: join(folder, 'docker'),
    systemSocket,
    programFolder: folder,
    environment,
    home: folder,
    socketPath: () => engine,
  })
}

async function part(id: CommandLinePart['id']): Promise<CommandLinePart | undefined> {
  return (await commandLine().look()).find((one) => one.id === id)
}
const stateOf = async (id: CommandLinePart['id']) => (await part(id))?.state
const config = () => JSON.parse(readFileSync(configFile, 'utf8'))

test('what a button would change is said, and nothing is changed by looking', async () => {
  const said = (await commandLine().look()).map(({ id, state, changes }) => [id, state, changes])
  const bash = join(folder, '.local/share/bash-completion/completions/engineroom')
  const zsh = join(folder, '.local/share/engineroom/_engineroom')
  expect(said).toEqual([
    ['context', 'off', [`makes the context engineroom, to unix://${engine}`, 'selects it instead of work, as docker context use does']],
    ['socket', 'off', [`makes ${systemSocket} a link to ${engine}`]],
    ['program', 'off', [`makes ${join(folder, '.local/bin/engineroom')} a link to ${join(folder, 'engineroom')}`]],
    ['bash', 'off', [`writes ${bash}`]],
    ['zsh', 'off', [`writes ${zsh}`, expect.stringMatching(/adds a line to .*\.zshrc: autoload -Uz compinit/)]],
  ])
  expect(existsSync(join(folder, 'notes.json'))).toBe(false)
})

test.each(['context', 'socket', 'program', 'bash', 'zsh'] as const)('%s: set up, found again at the next start, taken back', async (id) => {
  await commandLine().change(id, 'set-up')
  expect(await part(id)).toMatchObject({ state: 'on', deed: 'undo' })
  await commandLine().change(id, 'undo')
  expect(await part(id)).toMatchObject({ state: 'off', deed: 'set-up' })
})

test('what is not as it was shown is not done', async () => {
  await expect(commandLine().change('socket', 'undo')).rejects.toThrow('Nothing was changed')
})

describe('the context', () => {
  function makeWork(): void {
    mkdirSync(join(folder, 'docker/contexts/meta/work'), { recursive: true })
    writeFileSync(join(folder, 'docker/contexts/meta/work/meta.json'), '{"Name":"work","Endpoints":{"docker":{"Host":"ssh://work"}}}')
  }

  test('the former one is selected again, with everything else of config.json', async () => {
    makeWork()
    await commandLine().change('context', 'set-up')
    expect(config()).toEqual({ auths: {}, currentContext: 'engineroom' })
    await commandLine().change('context', 'undo')
    expect(config()).toEqual({ auths: {}, currentContext: 'work' })
  })

  test('one that has gone since is not', async () => {
    await commandLine().change('context', 'set-up')
    await commandLine().change('context', 'undo')
    expect(config()).toEqual({ auths: {} })
  })

  test('what a person chose since stays', async () => {
    await commandLine().change('context', 'set-up')
    writeFileSync(configFile, '{"currentContext":"other"}')
    expect(await part('context')).toMatchObject({ state: 'broken', deed: 'repair' })
    await commandLine().change('context', 'repair')
    await commandLine().change('context', 'undo')
    expect(config()).toEqual({}) // There is no such context as "other".
  })

  test('it follows the engine to another place, and the former one stays what it was before the first time', async () => {
    makeWork()
    await commandLine().change('context', 'set-up')
    engine = join(folder, 'vm.sock')
    expect(await part('context')).toMatchObject({ state: 'broken', changes: [`changes the context engineroom, to unix://${engine}`] })
    await commandLine().change('context', 'repair')
    expect(await stateOf('context')).toBe('on')
    await commandLine().change('context', 'undo')
    expect(config()).toEqual({ auths: {}, currentContext: 'work' })
  })

  test('killed before anything was done, undo does no harm', async () => {
    new Notes(join(folder, 'notes.json')).put('context', { host: `unix://${engine}`, former: 'work', isOurs: true })
    await commandLine().change('context', 'repair')
    await commandLine().change('context', 'undo')
    expect(await stateOf('context')).toBe('off')
  })
})

describe('the system socket', () => {
  test('a living daemon keeps it, and is named', async () => {
    await using docker = await UnixServer.http((_request, response) => response.end('{"Platform":{"Name":"Docker Engine"},"Version":"20.10.24"}'))
    systemSocket = docker.socketPath
    const { state, detail, deed } = (await part('socket')) ?? {}
    expect({ state, deed }).toEqual({ state: 'taken', deed: undefined })
    expect(detail).toContain('Docker Engine 20.10.24')
    expect(detail).toContain(`pid ${process.pid}`)
    await expect(commandLine().change('socket', 'set-up')).rejects.toThrow('Nothing was changed')
    expect(lstatSync(systemSocket).isSocket()).toBe(true)
  })

  test('one that comes between the look and the deed, too', async () => {
    const shown = await part('socket')
    expect(shown?.deed).toBe('set-up')
    writeFileSync(systemSocket, '')
    await expect(commandLine().change('socket', 'set-up')).rejects.toThrow('Nothing was changed')
  })

  test('what is dead is kept, and back after undo', async () => {
    symlinkSync('/nowhere/docker.sock', systemSocket)
    expect((await part('socket'))?.changes[0]).toBe(`keeps what is there, which nobody answers at, as ${systemSocket}.before-engineroom`)
    await commandLine().change('socket', 'set-up')
    expect(readlinkSync(systemSocket)).toBe(engine)
    await commandLine().change('socket', 'undo')
    expect(readlinkSync(systemSocket)).toBe('/nowhere/docker.sock')
  })

  test('killed between the two steps, it is right after either button', async () => {
    symlinkSync('/nowhere/docker.sock', `${systemSocket}.before-engineroom`)
    new Notes(join(folder, 'notes.json')).put('socket', { target: engine, keptAs: `${systemSocket}.before-engineroom`, isResting: false })
    expect(await part('socket')).toMatchObject({ state: 'broken', deed: 'repair' })
    await commandLine().change('socket', 'repair')
    await commandLine().change('socket', 'undo')
    expect(readlinkSync(systemSocket)).toBe('/nowhere/docker.sock')
  })

  test('a reboot empties the folder: it is repaired', async () => {
    await commandLine().change('socket', 'set-up')
    await rm(systemSocket)
    expect(await stateOf('socket')).toBe('broken')
    await commandLine().change('socket', 'repair')
    expect(readlinkSync(systemSocket)).toBe(engine)
  })

  test('without engine and window the former one is there, until the window is back', async () => {
    symlinkSync('/nowhere/docker.sock', systemSocket)
    await commandLine().change('socket', 'set-up')
    commandLine().rest(true)
    expect(readlinkSync(systemSocket)).toBe(engine)
    commandLine().rest(false)
    expect(readlinkSync(systemSocket)).toBe('/nowhere/docker.sock')
    await commandLine().resume()
    expect(readlinkSync(systemSocket)).toBe(engine)
    await commandLine().change('socket', 'undo')
    expect(readlinkSync(systemSocket)).toBe('/nowhere/docker.sock')
  })
})

describe('files of a person', () => {
  test.each([
    ['program', '.local/bin/engineroom'],
    ['bash', '.local/share/bash-completion/completions/engineroom'],
  ] as const)('%s: another file of that name is left as it is', async (id, name) => {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), 'theirs')
    expect(await part(id)).toMatchObject({ state: 'taken', detail: expect.stringContaining(join(folder, name)) })
    expect(readFileSync(join(folder, name), 'utf8')).toBe('theirs')
  })

  test('.zshrc gets one line, and is as before after undo', async () => {
    writeFileSync(join(folder, '.zshrc'), 'alias d=docker')
    await commandLine().change('zsh', 'set-up')
    expect(readFileSync(join(folder, '.zshrc'), 'utf8')).toMatch(/^alias d=docker\nautoload -Uz compinit && compinit; source '.*' # engineroom\n$/)
    await commandLine().change('zsh', 'undo')
    expect(readFileSync(join(folder, '.zshrc'), 'utf8')).toBe('alias d=docker\n')
  })
})

test('notes that cannot be read are not forgotten', async () => {
  writeFileSync(join(folder, 'notes.json'), '{"socket":7}')
  await expect(commandLine().look()).rejects.toThrow('notes.json is not as we write it')
})
