import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { client } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'
import { WebSocketClient } from '../../harness/web-socket.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const ALL = 'stream=1&stdin=1&stdout=1&stderr=1'

function attach(id: string, query = ALL, version = ''): WebSocketClient {
  return new WebSocketClient(`unix:${daemon.socketPath}`, `${version}/containers/${id}/attach/ws?${query}`)
}

async function create(config: object): Promise<string> {
  return (await daemon.api('POST', '/containers/create', { Image: 'busybox', ...config })).json<{ Id: string }>().Id
}

const SHELL = { Cmd: ['sh'], OpenStdin: true }

describe('a container’s streams over a WebSocket', () => {
  test('who attaches before the start gets all output, of both streams and without frames, and a normal end', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'seq 3000; echo err >&2'] })
    using page = attach(id)
    await page.opens()
    await daemon.ok('start', id)
    expect(await page.closes()).toBe(1000)
    expect(page.text).toContain('err\n')
    // It may stand anywhere: two pipes have no common order.
    expect(page.text.replace('err\n', '')).toBe(Array.from({ length: 3000 }, (_, i) => `${i + 1}\n`).join(''))
    expect(page.messages.every(({ isBinary }) => isBinary)).toBe(true)
  })

  test('what the page sends is input, as text and as bytes; it and other clients share the process', async () => {
    const id = await create(SHELL)
    await daemon.ok('start', id)
    using page = attach(id)
    await using cli = client(daemon, 'attach', id)
    await page.opens()
    page.socket.send('echo from text; ')
    page.socket.send(Buffer.from('echo from bytes\n'))
    await page.receives('from text\nfrom bytes\n')
    // The CLI is attached once it shows something: until then it is asked again.
    await until('the other client to see it', () => {
      page.socket.send('echo to all\n')
      return cli.stdout.includes('to all\n')
    })
    page.socket.send('exit 3\n')
    expect(await page.closes()).toBe(1000)
    expect(await daemon.ok('wait', id)).toBe('3')
  })

  test('a terminal is one, with its detach keys', async () => {
    const id = await create({ ...SHELL, Tty: true })
    await daemon.ok('start', id)
    using page = attach(id, `${ALL}&detachKeys=ctrl-a,x`)
    await page.opens()
    page.socket.send('tty\r')
    await page.receives('/dev/pts/0\r\n')
    page.socket.send('\x01x')
    expect(await page.closes()).toBe(1000)
    expect(await daemon.ok('inspect', '-f', '{{.State.Running}}', id)).toBe('true')
  })

  test('a page that leaves ends the input of a process that was made for one client, and of no other', async () => {
    const once = await create({ Cmd: ['cat'], OpenStdin: true, StdinOnce: true })
    const stays = await create({ Cmd: ['cat'], OpenStdin: true })
    for (const id of [once, stays]) {
      await daemon.ok('start', id)
      using page = attach(id)
      await page.opens()
      page.socket.send('x\n')
      await page.receives('x\n')
      page.socket.close()
      await page.closes()
    }
    expect(await daemon.ok('wait', once)).toBe('0')
    expect(await daemon.ok('inspect', '-f', '{{.State.Running}}', stays)).toBe('true')
  })
})

describe('what is asked for', () => {
  test('only the streams that were named, from API 1.42 on', async () => {
    const config = { Cmd: ['sh', '-c', 'echo out; echo err >&2'] }
    for (const [query, version, text] of [
      ['stream=1&stderr=1', '', 'err\n'],
      ['logs=1&stream=1&stderr=1', '/v1.41', 'out\n'],
    ] as const) {
      const id = await create(config)
      using page = attach(id, query, version)
      await page.opens()
      await daemon.ok('start', id)
      await page.closes()
      expect(page.text.includes('out')).toBe(text === 'out\n')
      expect(page.text).toContain(text)
    }
  })

  test('what was written before, with or without what comes', async () => {
    const id = await create(SHELL)
    await daemon.ok('start', id)
    using shell = attach(id)
    await shell.opens()
    shell.socket.send('echo before\n')
    await shell.receives('before\n')
    using only = attach(id, 'logs=1&stdout=1')
    expect(await only.closes()).toBe(1000)
    expect(only.text).toBe('before\n')
    using both = attach(id, 'logs=1&stream=1&stdout=1')
    await both.receives('before\n')
    // As under docker, what is written between the logs and the moment of joining is in neither.
    await until('it to have joined', () => {
      shell.socket.send('echo joined\n')
      return both.text.includes('joined\n')
    })
    shell.socket.send('echo after; exit\n')
    await both.closes()
    expect(both.text).toMatch(/^before\n(joined\n)+after\n$/)
  })

  test('text messages before API 1.28', async () => {
    const id = await create({ Cmd: ['echo', 'grün'] })
    using page = attach(id, 'stream=1', '/v1.27')
    await page.opens()
    await daemon.ok('start', id)
    await page.closes()
    expect(page.messages.map(({ isBinary, data }) => [isBinary, data.toString()])).toEqual([[false, 'grün\n']])
  })
})

describe('refused before it opens', () => {
  test('unknown and paused containers, bad keys', async () => {
    expect(await attach('nosuch').refused()).toBe(404)
    const id = await create(SHELL)
    expect(await attach(id, `${ALL}&detachKeys=ctrl-%C3%BC`).refused()).toBe(400)
    await daemon.ok('start', id)
    await daemon.ok('pause', id)
    expect(await attach(id).refused()).toBe(409)
    await daemon.ok('unpause', id)
  })

  test('what is no WebSocket', async () => {
    const id = await create({})
    const plain = await daemon.api('GET', `/containers/${id}/attach/ws?${ALL}`)
    expect([plain.status, plain.json()]).toEqual([400, { message: 'not websocket protocol' }])
    const version = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '99' }
    expect((await daemon.api('GET', `/containers/${id}/attach/ws?${ALL}`, undefined, version)).status).toBe(400)
  })
})
