import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  const build =
    'mkdir -p /tree/a/b /tree/gone /tree/again && for f in a/x a/b/y gone/z again/old keep; do echo 1 > /tree/$f; done; ln -s a /tree/link; chmod 700 /tree/a'
  await daemon.ok('run', '--name', 'base', 'busybox', 'sh', '-c', build)
  await daemon.ok('commit', 'base', 'tree')
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** What `docker diff` says after the script ran, whether the container runs or not. */
async function diffAfter(script: string): Promise<string[]> {
  const id = await daemon.ok('run', '-d', 'tree', 'sh', '-c', `${script}; touch /tmp/done; exec sleep 1000`)
  while ((await daemon.docker(['exec', id, 'test', '-e', '/tmp/done'])).code !== 0);
  const running = (await daemon.ok('diff', id)).split('\n')
  await daemon.ok('kill', id)
  expect((await daemon.ok('diff', id)).split('\n')).toEqual(running)
  await daemon.ok('rm', id)
  return running.filter((line) => !/^[CA] \/tmp(\/done)?$/.test(line))
}

test('nothing changed is null in the API and nothing on screen', async () => {
  const id = await daemon.ok('create', 'busybox')
  const answer = await daemon.api('GET', `/containers/${id}/changes`)
  expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([200, 'application/json', 'null\n'])
  expect(await daemon.ok('diff', id)).toBe('')
  const ran = await daemon.ok('run', '-d', 'busybox', 'true')
  await daemon.ok('wait', ran)
  expect(await daemon.ok('diff', ran)).toBe('')
})

test('added, changed and deleted files, with the folders above them, sorted', async () => {
  expect(await diffAfter('echo 2 >> /tree/keep; echo new > /tree/a/b/n; rm /tree/a/x; mkdir -p /new/deep; touch /new/deep/f')).toEqual([
    'A /new',
    'A /new/deep',
    'A /new/deep/f',
    'C /tree',
    'C /tree/a',
    'C /tree/a/b',
    'A /tree/a/b/n',
    'D /tree/a/x',
    'C /tree/keep',
  ])
})

test('a removed folder is one deletion', async () => {
  expect(await diffAfter('rm -r /tree/gone')).toEqual(['C /tree', 'D /tree/gone'])
})

test('a folder that was removed and made again is opaque: what was in it is deleted', async () => {
  expect(await diffAfter('rm -r /tree/again; mkdir /tree/again; echo 1 > /tree/again/new')).toEqual([
    'C /tree',
    'C /tree/again',
    'A /tree/again/new',
    'D /tree/again/old',
  ])
})

test('a folder in place of a file, a file in place of a folder, a folder in place of a link', async () => {
  const lines = await diffAfter(
    'rm /tree/keep; mkdir /tree/keep; touch /tree/keep/in; rm -r /tree/a; echo > /tree/a; rm /tree/link; mkdir /tree/link; touch /tree/link/x',
  )
  expect(lines).toEqual(['C /tree', 'C /tree/a', 'C /tree/keep', 'A /tree/keep/in', 'C /tree/link', 'A /tree/link/x'])
})

test('a change of mode or owner counts, also of a folder; a mere touch of a folder does not', async () => {
  expect(await diffAfter('chmod 755 /tree/a; chown 5 /tree/keep; touch /tree/again')).toEqual(['C /tree', 'C /tree/a', 'C /tree/keep'])
})

test('what is in a volume is not a change; the point where it is mounted is', async () => {
  const id = await daemon.ok('run', '-d', '-v', '/data', 'tree', 'touch', '/data/x')
  await daemon.ok('wait', id)
  expect(await daemon.ok('diff', id)).toBe('A /data')
})

test('names are bytes: what is UTF-8 stays', async () => {
  expect(await diffAfter('touch "/tree/größe"; touch "/tree/new line"')).toEqual(['C /tree', 'A /tree/größe', 'A /tree/new line'])
})

test('a diff leaves no mount behind, and an unknown container has none', async () => {
  const id = await daemon.ok('create', 'tree')
  await Promise.all([1, 2, 3].map(() => daemon.ok('diff', id)))
  await daemon.ok('rm', id)
  expect((await daemon.api('GET', '/containers/nobody/changes')).json()).toEqual({ message: 'No such container: nobody' })
  const traces = await daemon.traces()
  expect(traces.filter((trace) => trace.startsWith('mount'))).toEqual([])
})

test('a container that swaps folders for links shows no names of the host', async () => {
  const swap = 'mkdir -p /s/d; cd /s; touch d/own; while :; do mv d e; ln -s /usr d; rm d; mv e d; done'
  const id = await daemon.ok('run', '-d', 'tree', 'sh', '-c', swap)
  for (let round = 0; round < 100; round++) {
    const changes = (await daemon.api('GET', `/containers/${id}/changes`)).json<{ Path: string }[] | null>() ?? []
    expect(changes.map(({ Path }) => Path).filter((path) => !/^\/s(\/[de](\/own)?)?$/.test(path))).toEqual([])
  }
})
