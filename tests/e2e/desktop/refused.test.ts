import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ContainerTab, View } from '../../../renderer/text/place.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { REFUSAL, RefusingProxy } from '../../harness/refusing-proxy.ts'
import { Desktop } from '../harness/desktop.ts'
import { Screen } from '../harness/screen.ts'

let owned: AsyncDisposableStack
let daemon: TestDaemon
let proxy: RefusingProxy
let screen: Screen
const thrown: string[] = []

beforeAll(async () => {
  await using opening = new AsyncDisposableStack()
  daemon = opening.use(await startDaemon())
  await daemon.ok('run', '-d', '--name', 'web', '-v', 'data:/data', 'busybox', 'sh', '-c', 'echo written; sleep 1000')
  proxy = opening.use(await RefusingProxy.listen(join(daemon.root, 'proxy.sock'), daemon.socketPath))
  screen = new Screen(opening.use(await Desktop.open(proxy.socketPath)).page)
  screen.page.on('pageerror', (error) => thrown.push(error.message))
  await screen.container('web', 'running').waitFor()
  owned = opening.move()
})
afterAll(() => owned.disposeAsync())
afterEach(() => {
  proxy.refuse(undefined)
  expect(thrown).toEqual([])
})

/** The note about a request, with the words that came back. */
const note = (request: string) => screen.get('error-note').filter({ hasText: request }).filter({ hasText: REFUSAL })

describe('with a proxy before the engine that answers 500 to one request, each view says which, and recovers by itself', () => {
  const views: readonly (readonly [View, request: string, calls: RegExp, told: string])[] = [
    ['volumes', 'GET /system/df', /\/system\/df/, '[data-testid=volume-row] .number:not(:empty)'],
    ['data', 'GET /engineroom/v1/data', /\/engineroom\/v1\/data/, '[data-testid=data-total]'],
    ['registries', 'GET /engineroom/v1/registry', /\/engineroom\/v1\/registry/, '[data-testid=local-switch]:not(:disabled)'],
    ['settings', 'GET /engineroom/v1/configuration', /\/engineroom\/v1\/configuration/, '[data-testid=setting][data-key=dns]'],
    ['troubleshoot', 'GET /engineroom/v1/checks', /\/engineroom\/v1\/checks/, '[data-testid=check][data-id=disk]'],
    ['inspector', 'GET /engineroom/v1/requests', /\/engineroom\/v1\/requests/, '[data-testid=requests-pause]:not(:disabled)'],
  ]
  test.each(views)('%s', async (view, request, calls, told) => {
    await screen.go('overview')
    proxy.refuse(calls)
    await screen.go(view)
    await note(request).first().waitFor()
    proxy.refuse(undefined)
    await note(request).first().waitFor({ state: 'detached' })
    await screen.page.locator(told).first().waitFor()
  })

  const tabs: readonly (readonly [ContainerTab, request: RegExp, calls: RegExp, told: string])[] = [
    ['usage', /GET \/containers\/\w+\/stats/, /\/stats/, '[data-testid=usage-view] canvas, [data-testid=usage-view] svg'],
    ['processes', /GET \/containers\/\w+\/top/, /\/top/, '[data-testid=process-row]'],
    ['files', /GET \/engineroom\/v1\/containers\/\w+\/files/, /\/files/, '[data-testid=file-row]'],
    ['setup', /GET \/containers\/\w+\/json/, /GET [^?]*\/containers\/\w{64}\/json/, '[data-testid=setup-mounts]'],
    ['changes', /GET \/containers\/\w+\/changes/, /\/changes/, '[data-testid=changes-view]'],
    ['timeline', /GET \/events/, /\/events\?.*until/, '[data-testid=timeline-view] li'],
    ['inspect', /GET \/containers\/\w+\/json/, /GET [^?]*\/containers\/\w{64}\/json/, '[data-testid=inspect-view]'],
  ]
  test.each(tabs)('a container’s %s', async (tab, request, calls, told) => {
    await screen.open('web', tab === 'setup' ? 'timeline' : 'setup')
    proxy.refuse(calls)
    await screen.get(`tab-${tab}`).click()
    const said = screen.get('error-note').filter({ hasText: request }).filter({ hasText: REFUSAL })
    await said.first().waitFor()
    proxy.refuse(undefined)
    await said.first().waitFor({ state: 'detached' })
    await screen.page.locator(told).first().waitFor()
  })

  test('a container’s logs', async () => {
    await screen.open('web', 'setup')
    proxy.refuse(/\/logs/)
    await screen.get('tab-logs').click()
    await screen.sees('container-detail', REFUSAL)
    proxy.refuse(undefined)
    await screen.sees('log-view', 'written')
  })

  test('joined logs', async () => {
    await screen.go('overview')
    proxy.refuse(/\/engineroom\/v1\/logs/)
    await screen.go('logs')
    await screen.page.getByText(REFUSAL).waitFor()
    proxy.refuse(undefined)
    await screen.sees('log-view', 'written')
  })
})

test('with a proxy that answers 500 to a list, that list says so in every view, the others are true, and it comes back by itself', async () => {
  proxy.refuse(/GET [^?]*\/images\/json/)
  await screen.page.reload()
  await note('GET /images/json').waitFor()
  await screen.go('containers')
  await screen.container('web', 'running').waitFor()
  await daemon.ok('stop', '-t', '0', 'web')
  await screen.container('web', 'exited').waitFor()
  await daemon.ok('start', 'web')
  await screen.container('web', 'running').waitFor()
  await screen.go('images')
  await note('GET /images/json').waitFor()
  await screen.photograph('desktop-list-refused')
  expect(await screen.get('image-row').count()).toBe(0)
  proxy.refuse(undefined)
  await screen.image('busybox:latest').waitFor()
  await note('GET /images/json').waitFor({ state: 'detached' })
})

test('one row that cannot be asked for after an event makes its list be asked for again', async () => {
  await screen.go('volumes')
  proxy.refuse(/GET [^?]*\/volumes\/late/)
  await daemon.ok('volume', 'create', 'late')
  await screen.page.locator('[data-testid=volume-row][data-name=late]').waitFor()
  expect(await screen.get('engine-down').count()).toBe(0)
})

test('with a proxy that answers 500 to everything, the window says that the engine is there and answers with an error', async () => {
  proxy.refuse(/./)
  await screen.page.reload()
  await screen.sees('engine-down', 'The engine answers with an error')
  await screen.sees('engine-down', REFUSAL)
  await screen.photograph('desktop-all-refused')
  proxy.refuse(undefined)
  await screen.get('engine-down').waitFor({ state: 'detached' })
  await screen.go('containers')
  await screen.container('web', 'running').waitFor()
})
