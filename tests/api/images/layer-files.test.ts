import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LayerPage } from '../../../engine/containers/files/layer-files.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { tar } from './archives.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  const dockerfile = [
    'FROM busybox',
    'RUN mkdir -p /srv/old /srv/deep/er && echo 1 > /srv/kept && echo 22 > /srv/gone && echo x > /srv/old/x && ln -s /etc /srv/link && echo y > /srv/deep/er/y',
    'ENV A=b',
    'RUN echo changed > /srv/kept && rm /srv/gone && rm -r /srv/old && mkdir /srv/old && echo z > /srv/old/z && echo new > /srv/new',
    'RUN mkdir /many && cd /many && for i in $(seq 1200); do : > f$i; done',
  ]
  const { code, stderr } = await daemon.docker(['build', '-t', 'stepped', '-'], { input: await tar([['Dockerfile', dockerfile.join('\n')]]) })
  expect([code, stderr]).toEqual([0, expect.anything()])
})
afterAll(() => daemon[Symbol.asyncDispose]())

const ask = (step: number, path: string, more = '') =>
  daemon.api('GET', `/engineroom/v1/images/stepped/steps/${step}/files?path=${encodeURIComponent(path)}${more}`)
const page = async (step: number, path: string, more?: string) => (await ask(step, path, more)).json<LayerPage>()
const told = ({ entries }: LayerPage) => entries.map(({ name, change }) => `${name} ${change}`)
/** The steps of the image below come first. */
const first = async () => Number((await daemon.ok('history', '-q', 'stepped')).split('\n').length) - 4

test('each step has the files of its own layer: what it added, changed and removed, with sizes', async () => {
  const at = await first()
  expect(told(await page(at, '/srv'))).toEqual(['deep added', 'gone added', 'kept added', 'link added', 'old added'])
  const later = await page(at + 2, '/srv/')
  expect(told(later)).toEqual(['gone removed', 'kept changed', 'new added', 'old changed'])
  expect(later.entries.find(({ name }) => name === 'kept')).toMatchObject({ kind: 'file', sizeBytes: 8 })
  expect(later.entries.find(({ name }) => name === 'gone')).toMatchObject({ kind: 'file', sizeBytes: 3 })
  // A folder that was made anew hides what was in the one before.
  expect(told(await page(at + 2, '/srv/old'))).toEqual(['x removed', 'z added'])
  expect(told(await page(at, '/srv/deep/er'))).toEqual(['y added'])
  expect(told(await page(at, '/'))).toContain('srv added')
})

test('a step that added no layer has no files; what is not in a layer is not found, nor is anything behind a link', async () => {
  const at = await first()
  expect(await page(at + 1, '/')).toMatchObject({ hasLayer: false, entries: [] })
  for (const path of ['/none', '/srv/kept', '/srv/link', '/etc']) expect((await ask(at, path)).status, path).toBe(404)
  expect((await ask(99, '/')).status).toBe(404)
  expect((await daemon.api('GET', '/engineroom/v1/images/none/steps/0/files')).status).toBe(404)
})

test('a large folder comes a page at a time', async () => {
  const at = (await first()) + 3
  const names: string[] = []
  for (let after = '', hasMore = true; hasMore; ) {
    const some = await page(at, '/many', `&limit=500&after=${after}`)
    expect(some.total).toBe(1200)
    names.push(...some.entries.map(({ name }) => name))
    after = names.at(-1) ?? ''
    hasMore = some.hasMore
  }
  expect(names).toHaveLength(1200)
  expect(new Set(names).size).toBe(1200)
})
