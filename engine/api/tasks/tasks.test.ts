import { expect, test } from 'vitest'
import { Tasks } from './tasks.ts'

const PULL = { kind: 'pull', name: 'busybox:latest' }
const nothing = () => undefined

test('who comes later hears of each layer the last line, of the rest the end, and of nothing twice', () => {
  const tasks = new Tasks()
  const task = tasks.begin(PULL, nothing)
  task.hear('{"status":"Downloading","id":"a","progressDetail":{"current":1}}\r\n{"stream":"Step 1"}\r\n{"status":"Down')
  const at = tasks.lastPlace
  task.hear('loading","id":"a","progressDetail":{"current":2}}\r\n')
  expect(task.lines.after(0)).toEqual([{ status: 'Downloading', id: 'a', progressDetail: { current: 2 } }, { stream: 'Step 1' }])
  expect(task.lines.after(at)).toEqual([{ status: 'Downloading', id: 'a', progressDetail: { current: 2 } }])
})

test('of a long output the last part is kept', () => {
  const task = new Tasks().begin({ kind: 'build', name: 'a' }, nothing)
  for (let at = 0; at < 300; at += 1) task.hear(`${JSON.stringify({ stream: `${at} ${'x'.repeat(1000)}` })}\n`)
  const kept = task.lines.after(0)
  expect(kept.length).toBeLessThan(100)
  expect(JSON.stringify(kept.at(-1))).toContain('"299 ')
})

test('a failure is told in a line of the stream, by a status, or by an answer that breaks off', () => {
  const tasks = new Tasks()
  const outcome = (said: string, status: number, isWhole: boolean) => {
    const task = tasks.begin(PULL, nothing)
    task.hear(said)
    task.end(status, isWhole)
    return task.summary()
  }
  expect(outcome('{"status":"Done"}\n', 200, true)).toMatchObject({ phase: 'done' })
  expect(outcome('{"errorDetail":{"message":"no"},"error":"no"}\r\n', 200, true)).toMatchObject({ phase: 'failed', error: 'no' })
  expect(outcome('{"message":"no such image"}\n', 404, true)).toMatchObject({ phase: 'failed', error: 'no such image' })
  expect(outcome('plain words', 200, false)).toMatchObject({ phase: 'failed', error: 'it was broken off' })
})

test('the same once more takes the place of one that has ended, and one that was called off leaves nothing', () => {
  const tasks = new Tasks()
  const first = tasks.begin(PULL, nothing)
  expect(tasks.active(PULL)).toBe(first)
  first.end(200, true)
  tasks.ended(first, false)
  const second = tasks.begin(PULL, () => tasks.ended(second, true))
  expect(tasks.all()).toEqual([second])
  tasks.dismiss(second.id)
  expect(tasks.all()).toEqual([])
  expect(() => tasks.dismiss(second.id)).toThrow('No such task')
})

test('twenty that have ended are remembered', () => {
  const tasks = new Tasks()
  for (let at = 0; at < 25; at += 1) {
    const task = tasks.begin({ kind: 'pull', name: String(at) }, nothing)
    task.end(200, true)
    tasks.ended(task, false)
  }
  expect(tasks.all().map(({ wish }) => wish.name)).toEqual(Array.from({ length: 20 }, (_, at) => String(at + 5)))
})
