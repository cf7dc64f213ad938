import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContainerRepository } from '../state/containers.ts'
import { type Database, openDatabase } from '../state/database.ts'
import type { ContainerId, ContainerSpec } from './container.ts'
import { ContainerStore } from './store.ts'

let folder: string
let db: Database
let store: ContainerStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'er-db-'))
  db = openDatabase(join(folder, 'engine.db'))
  store = new ContainerStore(new ContainerRepository(db))
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

function spec(id: string, name: string, createdAt = '2026-11-24T10:00:00Z'): ContainerSpec {
  return {
    id: id.padEnd(64, '0') as ContainerId,
    name,
    createdAt,
    imageId: 'sha256:1',
    path: 'sh',
    args: [],
    config: {},
    hostConfig: {},
    networks: {},
    mounts: [],
    restartCount: 0,
    hasBeenStoppedByHand: false,
  }
}

/** As the next daemon finds it. */
const again = () => new ContainerStore(new ContainerRepository(db))

describe('looking up', () => {
  beforeEach(() => {
    store.add(spec('abc1', 'web'))
    store.add(spec('abc2', 'db'))
    store.add(spec('def1', 'abc'))
  })

  it.each([
    ['the whole id', 'abc1'.padEnd(64, '0'), 'web'],
    ['a name', 'web', 'web'],
    ['a name with a slash', '/web', 'web'],
    ['a prefix that only one has', 'abc2', 'db'],
    ['a name before a prefix', 'abc', 'abc'],
  ])('finds by %s', (_, reference, name) => expect(store.get(reference).name).toBe(name))

  it.each([
    ['nosuch', 'not-found', 'No such container: nosuch'],
    ['ff', 'not-found', 'No such container: ff'],
    ['ab', 'invalid', 'multiple IDs found with provided prefix: ab'],
    ['', 'invalid', 'invalid name or ID supplied: ""'],
  ])('%j is %s', (reference, kind, message) => expect(() => store.get(reference)).toThrow(expect.objectContaining({ kind, message })))

  it('lists the newest first', () => expect(store.all().map(({ name }) => name)).toEqual(['abc', 'db', 'web']))
})

describe('names', () => {
  it('that are taken say by whom', () => {
    const { id } = store.add(spec('abc1', 'web'))
    expect(() => store.reserveName('web', 'other')).toThrow(
      expect.objectContaining({
        kind: 'conflict',
        message: `Conflict. The container name "/web" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
      }),
    )
  })

  it('that are promised are taken until the promise ends', () => {
    const promise = store.reserveName('web', 'one')
    expect(store.isNameTaken('web')).toBe(true)
    expect(() => store.reserveName('web', 'two')).toThrow('already in use by container "one"')
    promise[Symbol.dispose]()
    expect(store.isNameTaken('web')).toBe(false)
  })

  it('that were given up are free, and the new one is there after a restart', () => {
    const one = store.add(spec('abc1', 'web'))
    store.rename(one, 'shop')
    expect([store.isNameTaken('web'), store.get('shop')]).toEqual([false, one])
    expect(again().get('shop').id).toBe(one.id)
  })
})

describe('what was acknowledged', () => {
  it('is there after a restart: spec and state', () => {
    const one = store.add(spec('abc1', 'web'))
    store.apply(one, { type: 'started', pid: 7, at: '2026-11-24T10:00:01Z' })
    one.spec.restartCount = 3
    store.saveSpecFact(one)
    expect(again().get('web')).toMatchObject({ spec: { restartCount: 3 }, state: { status: 'running', pid: 7 } })
  })

  it('a state that cannot follow is neither taken nor written', () => {
    const one = store.add(spec('abc1', 'web'))
    expect(() => store.apply(one, { type: 'paused' })).toThrow(expect.objectContaining({ kind: 'conflict' }))
    expect([one.state.status, again().get('web').state.status]).toEqual(['created', 'created'])
  })

  it('is gone once it was forgotten', () => {
    const one = store.add(spec('abc1', 'web'))
    store.forget(one)
    expect([store.all(), again().all()]).toEqual([[], []])
    expect(() => store.add(spec('abc2', 'web'))).not.toThrow()
  })
})

describe('new ids', () => {
  it('are 64 hex digits and never look like a number at their beginning', () => {
    for (let i = 0; i < 100; i++) expect(store.newId()).toMatch(/^(?=[0-9a-f]{0,11}[a-f])[0-9a-f]{64}$/)
  })
})
