import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePort } from '../../tests/harness/tcp.ts'
import { Log } from '../log.ts'
import { closeDatabase, type Database, openDatabase } from '../state/database.ts'
import { LocalRegistryRepository } from '../state/local-registry.ts'
import { LocalRegistry } from './local-registry.ts'

let folder: string
let db: Database
let repository: LocalRegistryRepository
let registry: LocalRegistry
let port: number
beforeEach(async () => {
  folder = await mkdtemp('/tmp/er-local-registry-')
  db = openDatabase(`${folder}/engine.db`)
  repository = new LocalRegistryRepository(db)
  registry = new LocalRegistry({ folder: `${folder}/registry`, repository, log: new Log('error') })
  port = await freePort()
  await registry.turnOn(`127.0.0.1:${port}`)
})
afterEach(async () => {
  await registry.stop()
  closeDatabase(db)
  await rm(folder, { recursive: true, force: true })
})

const answerAt = (host: string, at = port) => fetch(`http://${host}:${at}/v2/`).then(({ status }) => status)

async function listening(host: string): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  return server
}

it('moves to another host of the same port, and back', async () => {
  await registry.turnOn(`:${port}`)
  expect(registry.status()).toEqual({ isOn: true, address: `:${port}` })
  expect(await answerAt('127.0.0.2')).toBe(200)
  await registry.turnOn(`127.0.0.1:${port}`)
  expect(await answerAt('127.0.0.1')).toBe(200)
  await expect(answerAt('127.0.0.2')).rejects.toThrow()
})

it('is where it was when the other host of that port is taken', async () => {
  const other = await listening('127.0.0.2')
  await expect(registry.turnOn(`127.0.0.2:${port}`)).rejects.toThrow(`the registry cannot listen on 127.0.0.2:${port}: address already in use`)
  other.close()
  expect(registry.status()).toEqual({ isOn: true, address: `127.0.0.1:${port}` })
  expect(await answerAt('127.0.0.1')).toBe(200)
  expect(registry.isAt({ host: `localhost:${port}`, repository: 'web' })).toBe(true)
})

it.each(['the same port', 'another port'])('is where it was when the wish for another host and %s cannot be kept', async (which) => {
  const other = which === 'the same port' ? port : await freePort()
  repository.put = () => {
    throw new Error('disk full')
  }
  await expect(registry.turnOn(`127.0.0.2:${other}`)).rejects.toThrow('disk full')
  expect(registry.status()).toEqual({ isOn: true, address: `127.0.0.1:${port}` })
  expect(await answerAt('127.0.0.1')).toBe(200)
  await expect(answerAt('127.0.0.2', other)).rejects.toThrow()
})

it('is at the names of its address alone', async () => {
  const isAt = (host: string) => registry.isAt({ host, repository: 'web' })
  expect([`localhost:${port}`, `127.0.0.1:${port}`, 'localhost:1', `127.0.0.2:${port}`].map(isAt)).toEqual([true, true, false, false])
  await registry.turnOn(`127.0.0.2:${port}`)
  expect([`localhost:${port}`, `127.0.0.2:${port}`].map(isAt)).toEqual([false, true])
  await registry.turnOff()
  expect(isAt(`127.0.0.2:${port}`)).toBe(false)
})
