import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Log } from '../log.ts'
import { BuildStatus } from './build-status.ts'
import { History } from './history.ts'
import { HistoryFiles } from './history-files.ts'
import { BuildHistoryRequestSchema, SolveRequestSchema, UpdateBuildHistoryRequestSchema } from './protocol/control_pb.ts'

let folder: string
const open = () => new History(new HistoryFiles(folder), new Log('fatal'))
beforeEach(async () => {
  folder = await mkdtemp('/tmp/er-history-')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function build(history: History, ref: string): Promise<void> {
  const status = new BuildStatus(ref)
  status.log('v', 1, `said by ${ref}`)
  await history.record(create(SolveRequestSchema, { ref }), async () => ({}), status)
}

async function refs(history: History): Promise<string[]> {
  const found: string[] = []
  for await (const { record } of history.listen(create(BuildHistoryRequestSchema, { earlyExit: true }), AbortSignal.timeout(5000)))
    found.push(record?.ref ?? '')
  return found
}

async function said(history: History, ref: string): Promise<string[]> {
  const all: string[] = []
  for await (const { logs } of (await history.told(ref)) ?? []) all.push(...logs.map(({ msg }) => Buffer.from(msg).toString()))
  return all
}

it('keeps 64 builds, and those that are pinned', async () => {
  const history = open()
  await build(history, 'first')
  await build(history, '../second')
  await history.update(create(UpdateBuildHistoryRequestSchema, { ref: 'first', pinned: true }))
  for (let number = 0; number < 64; number++) await build(history, `b${number}`)
  expect((await refs(history)).sort()).toEqual(['first', ...Array.from({ length: 64 }, (_, number) => `b${number}`)].sort())
  expect(await readdir(folder)).toHaveLength(2 * 65)
  const later = open()
  expect(await refs(later)).toHaveLength(65)
  expect([await said(later, 'first'), await said(later, '../second'), await said(later, 'b63')]).toEqual([['said by first'], [], ['said by b63']])
  await later.update(create(UpdateBuildHistoryRequestSchema, { ref: 'first', delete: true }))
  expect(await refs(open())).toHaveLength(64)
})

it('removes what a crash has left half', async () => {
  await build(open(), 'whole')
  const [record = ''] = (await readdir(folder)).filter((name) => name.endsWith('.record'))
  await writeFile(join(folder, 'f'.repeat(64).concat('.record')), 'half')
  await writeFile(join(folder, 'e'.repeat(64).concat('.told.gz')), 'half')
  await writeFile(join(folder, `incoming-${record}`), 'half')
  expect(await refs(open())).toEqual(['whole'])
  expect(await readdir(folder)).toHaveLength(2)
})

it('says so when what a build has said is gone', async () => {
  const history = open()
  await build(history, 'one')
  for (const name of await readdir(folder)) await rm(join(folder, name))
  await expect(said(history, 'one')).rejects.toThrow('ENOENT')
})

it('keeps the pin of a build under way', async () => {
  const history = open()
  const pin = create(UpdateBuildHistoryRequestSchema, { ref: 'one', pinned: true })
  const work = async () => {
    await history.update(pin)
    return {}
  }
  await history.record(create(SolveRequestSchema, { ref: 'one' }), work, new BuildStatus('one'))
  for await (const { record } of open().listen(create(BuildHistoryRequestSchema, { earlyExit: true }), AbortSignal.timeout(5000)))
    expect(record?.pinned).toBe(true)
})

it('lets a build be when it cannot be kept', async () => {
  await rm(folder, { recursive: true })
  await writeFile(folder, '')
  const history = open()
  await build(history, 'one')
  expect(await refs(history)).toEqual(['one'])
})
