import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serving } from '../../tests/harness/serving.ts'
import { until } from '../../tests/harness/until.ts'
import { type FetchOptions, fetchFile } from './fetch-file.ts'

const CONTENT = randomBytes(300_000)
const FILE = { url: 'engineroom_0.2.0_amd64.deb', sha512: createHash('sha512').update(CONTENT).digest('base64'), size: CONTENT.length }

let folder: string
let counts: number[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  counts = []
})
afterEach(() => rm(folder, { recursive: true }))

function fetchFrom(listener: RequestListener, more: Partial<FetchOptions> = {}, into = folder): Promise<string> {
  const options = { fetch, signal: new AbortController().signal, onBytes: (bytes: number) => counts.push(bytes), ...more }
  return serving(listener, (url) => fetchFile(`${url}/feed/latest-linux.yml`, FILE, into, options))
}

/** A server that has the file, and knows ranges. */
function whole(request: IncomingMessage, response: ServerResponse): void {
  const from = fromOf(request)
  response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': CONTENT.length - from }).end(CONTENT.subarray(from))
}

function fromOf({ headers }: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
}

/** Sends some of it, and cuts the connection. */
function cut(request: IncomingMessage, response: ServerResponse, bytes: number): void {
  const from = fromOf(request)
  response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': CONTENT.length - from })
  response.write(CONTENT.subarray(from, from + bytes))
  until('it to arrive', () => counts.at(-1) === from + bytes).then(
    () => response.destroy(),
    () => response.destroy(),
  )
}

const left = () => readdir(folder)

test('what was signed is there under its name, and is not asked for again', async () => {
  const asked: (string | undefined)[] = []
  const path = await fetchFrom((request, response) => {
    asked.push(request.url)
    whole(request, response)
  })
  expect(await readFile(path)).toEqual(CONTENT)
  expect(asked).toEqual([`/feed/${FILE.url}`])
  expect(counts.at(-1)).toBe(CONTENT.length)
  await fetchFrom(() => expect.unreachable('it is there'))
})

test('what lies there under its name and is another is fetched anew', async () => {
  await writeFile(join(folder, FILE.url), Buffer.alloc(CONTENT.length))
  expect(await readFile(await fetchFrom(whole))).toEqual(CONTENT)
})

test('a connection that breaks off is taken up where it was', async () => {
  const ranges: (string | undefined)[] = []
  const path = await fetchFrom((request, response) => {
    ranges.push(request.headers.range)
    if (ranges.length < 3) cut(request, response, 100_000)
    else whole(request, response)
  })
  expect(await readFile(path)).toEqual(CONTENT)
  expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
})

test('of a server that knows no ranges it begins anew', async () => {
  let times = 0
  const path = await fetchFrom((request, response) => {
    times += 1
    if (times === 1) cut(request, response, 100_000)
    else response.end(CONTENT)
  })
  expect(await readFile(path)).toEqual(CONTENT)
})

describe('nothing is left of', () => {
  test('one that breaks off again and again', async () => {
    await expect(fetchFrom((request, response) => cut(request, response, 1000))).rejects.toThrow()
    expect(await left()).toEqual([])
  })

  test('one that ends early, though nothing broke', async () => {
    await expect(fetchFrom((_request, response) => response.end(CONTENT.subarray(0, 1000)))).rejects.toThrow('the connection ended after')
    expect(await left()).toEqual([])
  })

  test('other bytes', async () => {
    await expect(fetchFrom((_request, response) => response.end(Buffer.alloc(CONTENT.length)))).rejects.toThrow(`${FILE.url} is not what was signed.`)
    expect(await left()).toEqual([])
  })

  test('more bytes, which are not read to their end', async () => {
    await expect(fetchFrom((_request, response) => response.end(Buffer.concat([CONTENT, CONTENT])))).rejects.toThrow('more than was signed')
    expect(await left()).toEqual([])
  })

  test('a server that says no, asked once', async () => {
    let times = 0
    const refused = fetchFrom((_request, response) => {
      times += 1
      response.writeHead(404).end('no such file')
    })
    await expect(refused).rejects.toThrow('the server answered 404')
    expect(await left()).toEqual([])
    expect(times).toBe(1)
  })

  test('one that is called off', async () => {
    const off = new AbortController()
    const called = fetchFrom(
      (_request, response) => {
        response.writeHead(200, { 'Content-Length': CONTENT.length })
        response.write(CONTENT.subarray(0, 1000))
      },
      { signal: off.signal, onBytes: () => off.abort(new Error('called off')) },
    )
    await expect(called).rejects.toThrow('called off')
    expect(await left()).toEqual([])
  })

  test('one that a full disk has no room for', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'er-unit', folder])
    try {
      await expect(fetchFrom(whole)).rejects.toThrow(`There is no room for ${FILE.url} (300000 bytes) in ${folder}.`)
      expect(await left()).toEqual([])
    } finally {
      execFileSync('umount', [folder])
    }
  })
})
