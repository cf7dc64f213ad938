import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Log } from '../log.ts'
import { EventBus } from './bus.ts'
import { EventFile } from './event-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = () => join(folder, 'events.jsonl')
const log = new Log('error')

/** A run of the daemon. */
function run(...actions: readonly string[]): EventBus {
  using record = new EventFile(file(), 3, log)
  const bus = new EventBus(record)
  for (const action of actions) bus.publish('container', action, 'id', { name: 'a "b"\n' })
  return bus
}

const told = (bus: EventBus) => bus.history(0n).map(({ action }) => action)

it('tells of the run before, in full', () => {
  const before = run('one', 'two').history(0n)
  expect(run().history(0n)).toEqual(before)
  expect(told(run('three'))).toEqual(['one', 'two', 'three'])
})

it('is for its owner alone', () => {
  run('one')
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

it('does not grow without end', () => {
  for (let i = 0; i < 10; i++) run(...Array.from({ length: 7 }, (_, index) => `${i}.${index}`))
  expect(readFileSync(file(), 'utf8').split('\n').length).toBeLessThan(20)
  expect(told(run())).toEqual(['9.4', '9.5', '9.6'])
})

it('keeps the runs before when it is made anew', () => {
  run('one', 'two')
  writeFileSync(file(), readFileSync(file(), 'utf8').repeat(8))
  run('three')
  expect(readFileSync(file(), 'utf8').split('\n').length).toBe(4)
  expect(told(run())).toEqual(['one', 'two', 'three'])
})

it('leaves out what alone is too large, and nothing else', () => {
  using record = new EventFile(file(), 3, log)
  const bus = new EventBus(record)
  bus.publish('container', 'small', 'id')
  for (const action of ['large', 'larger']) bus.publish('container', action, 'id', { label: 'x'.repeat(5 * 1024 * 1024) })
  expect(told(run())).toEqual(['small'])
})

it('does not grow with labels either', () => {
  using record = new EventFile(file(), 1000, log)
  const bus = new EventBus(record)
  for (let i = 0; i < 30; i++) bus.publish('container', `${i}`, 'id', { label: 'x'.repeat(1024 * 1024) })
  expect(statSync(file()).size).toBeLessThan(10 * 1024 * 1024)
  expect(told(run()).at(-1)).toBe('29')
})

it('goes on behind a line that was cut off', () => {
  run('one')
  writeFileSync(file(), `${readFileSync(file(), 'utf8')}{"type":"conta`)
  expect(told(run('two'))).toEqual(['one', 'two'])
  expect(told(run())).toEqual(['one', 'two'])
})

it('is not needed: where it cannot be, there is no yesterday', () => {
  rmSync(folder, { recursive: true })
  expect(told(run('one'))).toEqual(['one'])
  expect(told(run())).toEqual([])
  folder = mkdtempSync(join(tmpdir(), 'events-'))
})

it('is not needed: where something else is, neither', () => {
  mkdirSync(file())
  expect(told(run('one'))).toEqual(['one'])
})
