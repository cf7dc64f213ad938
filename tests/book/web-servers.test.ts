import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'

/** The chapter's technique 6, "using ports to connect to containers": two servers from one image, each at a port of its own. */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await daemon.ok('run', '--name', 'recipe', 'busybox', 'sh', '-c', 'mkdir /www; echo "a page of our own" > /www/index.html')
  await daemon.ok('commit', '-c', 'EXPOSE 80', '-c', 'CMD ["sh", "-c", "hostname > /www/who; exec httpd -f -p 80 -h /www"]', 'recipe', 'our/web')
  await daemon.ok('rm', 'recipe')
})
afterAll(() => daemon[Symbol.asyncDispose]())

const fetchText = (url: string) => until(`an answer from ${url}`, async () => (await fetch(url)).text())

test('technique 6: two web servers from one image at ports 10001 and 10002', async () => {
  const first = await daemon.ok('run', '-d', '-p', '10001:80', '--name', 'blog1', 'our/web')
  const second = await daemon.ok('run', '-d', '-p', '10002:80', '--name', 'blog2', 'our/web')

  expect(await fetchText('http://localhost:10001/')).toBe('a page of our own\n')
  expect(await fetchText('http://127.0.0.1:10002/')).toBe('a page of our own\n')
  // Each port leads to its own container.
  expect((await fetchText('http://localhost:10001/who')).trim()).toBe(first.slice(0, 12))
  expect((await fetchText('http://localhost:10002/who')).trim()).toBe(second.slice(0, 12))

  const rows = (await daemon.ok('ps', '--format', '{{.Names}} {{.Image}} {{.Ports}}')).split('\n')
  expect(rows).toEqual(['blog2 our/web 0.0.0.0:10002->80/tcp, [::]:10002->80/tcp', 'blog1 our/web 0.0.0.0:10001->80/tcp, [::]:10001->80/tcp'])
  expect(await daemon.ok('port', 'blog1')).toBe('80/tcp -> 0.0.0.0:10001\n80/tcp -> [::]:10001')
})

test('a port that is taken fails the start with docker’s words, and the first server goes on', async () => {
  const { code, stderr } = await daemon.docker(['run', '-d', '-p', '10001:80', '--name', 'blog3', 'our/web'])
  expect(code).toBe(125)
  expect(stderr).toMatch(/Bind for 0\.0\.0\.0:10001 failed: port is already allocated/)
  expect(await daemon.ok('ps', '-a', '--filter', 'name=blog3', '--format', '{{.Status}}')).toBe('Created')
  expect(await fetchText('http://localhost:10001/')).toBe('a page of our own\n')
})

test('a server that is removed frees its port for the next', async () => {
  await daemon.ok('rm', '-f', 'blog1', 'blog3')
  await daemon.ok('run', '-d', '-p', '10001:80', '--name', 'blog1', 'our/web')
  expect(await fetchText('http://localhost:10001/')).toBe('a page of our own\n')
})
