import { describe, expect, test } from 'vitest'
import { parseDetail, parseRequest } from '../api/requests.ts'
import { curlOf } from './curl.ts'
import { harOf } from './har.ts'
import { clientWords, hasFailed, matchesRequest, readableTarget, requestFace, tookText, versionIn } from './request-words.ts'

const ID = 'c0ffee'.padEnd(64, '0')
const detail = parseDetail({
  id: 7,
  startedAtMs: 1_700_000_000_000,
  method: 'POST',
  target: `/v1.51/containers/${ID}/update?x=a%20b`,
  agent: 'Docker-Client/28.2 (linux)',
  peer: { transport: 'unix', pid: 42, uid: 0, gid: 0, command: 'docker' },
  phase: 'done',
  status: 409,
  durationMs: 12,
  receivedBytes: 300,
  sentBytes: 200,
  request: {
    headers: [
      ['Host', 'api'],
      ['Content-Type', 'application/json'],
    ],
    body: { bytes: 10, text: `{"a":"it's"}`, isCut: false },
  },
  response: { headers: [['content-type', 'application/json']], body: { bytes: 5, text: null, isCut: true } },
})

describe('who made the call', () => {
  test.each([
    [{ isWindow: true, agent: 'Mozilla/5.0', peer: { pid: 1, command: 'node' } }, 'a window', ''],
    [{ agent: 'Docker-Client/28.2 (linux)', peer: { pid: 42, command: 'docker' } }, 'docker 28.2', 'pid 42'],
    [{ agent: 'Docker-Client/28.2 (linux)' }, 'docker 28.2', ''],
    [{ agent: 'Go-http-client/1.1', peer: { pid: 42, command: 'lazydocker' } }, 'lazydocker', 'pid 42'],
    [{ agent: 'python-requests/2.1', peer: { address: '10.0.0.7:4242' } }, 'python-requests', '10.0.0.7:4242'],
    [{ peer: { address: '10.0.0.7:4242' } }, '10.0.0.7:4242', ''],
    [{}, 'unknown', ''],
  ])('%j', (from, name, note) => expect(clientWords(parseRequest(from))).toEqual({ name, note }))
})

test('a target is read without its version, with short ids, in plain text', () => {
  expect(readableTarget(`/v1.51/containers/${ID}/json?filters=%7B%22id%22%3A1%7D`)).toBe(`/containers/${ID.slice(0, 12)}/json?filters={"id":1}`)
  expect(readableTarget('/x%')).toBe('/x%')
  expect([versionIn('/v1.24/info'), versionIn('/_ping')]).toEqual(['1.24', ''])
})

describe('how it went', () => {
  test.each([
    [{ phase: 'waiting' }, 'waiting', 'wait', false],
    [{ phase: 'open', status: 200 }, 'open', 'run', false],
    [{ phase: 'open', status: 101 }, 'taken over', 'run', false],
    [{ phase: 'done', status: 204 }, '204', 'run', false],
    [{ phase: 'done', status: 304 }, '304', 'run', false],
    [{ phase: 'done', status: 200, isBrokenOff: true }, '200, left', 'stop', false],
    [{ phase: 'done', status: 404 }, '404', 'fail', true],
    [{ phase: 'done', isBrokenOff: true }, 'no answer', 'fail', true],
  ])('%j', (from, word, tone, failed) => {
    const row = parseRequest(from)
    expect(requestFace(row)).toMatchObject({ word, tone })
    expect(hasFailed(row)).toBe(failed)
  })
})

test.each([
  [0.42, '0.4 ms'],
  [42.4, '42 ms'],
  [1240, '1.2 s'],
  [61_000, '1 min 1 s'],
  [7_260_000, '2 h 1 min'],
])('%d ms are %s', (durationMs, text) => expect(tookText({ startedAtMs: 0, durationMs }, 0)).toBe(text))

test('what goes on is told until now, in whole seconds', () => {
  expect(tookText({ startedAtMs: 1000, durationMs: undefined }, 4900)).toBe('3 s')
  expect(tookText({ startedAtMs: 5000, durationMs: undefined }, 4900)).toBe('0 s')
})

test.each([
  ['', true],
  ['post update', true],
  ['4xx docker', true],
  ['409', true],
  ['pid 42', true],
  ['a b', true],
  ['c0ffee000000/update', true],
  ['get', false],
  ['5xx', false],
])('the filter “%s” fits: %s', (filter, expected) => expect(matchesRequest(detail, filter)).toBe(expected))

test('as curl it is a line for a shell', () => {
  expect(curlOf(detail, '/run/my engine.sock')).toBe(
    `curl -X POST --unix-socket '/run/my engine.sock' -H 'Content-Type: application/json' --data-binary '{"a":"it'\\''s"}' 'http://localhost/v1.51/containers/${ID}/update?x=a%20b'`,
  )
  const ping = { method: 'GET', target: '/_ping' }
  expect(curlOf(parseDetail({ ...ping, engine: 'unix:///s' }))).toBe('curl --unix-socket /s http://localhost/_ping')
  expect(curlOf(parseDetail({ ...ping, engine: 'tcp://127.0.0.1:2375' }))).toBe('curl http://127.0.0.1:2375/_ping')
})

test('as HAR it has what the format wants', () => {
  expect(harOf([detail])).toMatchObject({
    log: {
      version: '1.2',
      entries: [
        {
          startedDateTime: '2023-11-14T22:13:20.000Z',
          time: 12,
          request: { method: 'POST', queryString: [{ name: 'x', value: 'a b' }], postData: { mimeType: 'application/json', text: `{"a":"it's"}` } },
          response: { status: 409, content: { size: 5, mimeType: 'application/json', text: '' } },
          _client: 'docker 28.2, pid 42',
        },
      ],
    },
  })
})
