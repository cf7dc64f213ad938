import { describe, expect, test } from 'vitest'
import { parseContainer } from '../api/containers.ts'
import { holderWords, isOpenable, matchesPort, parsePortQuestion, portRows, reachAt } from './port-words.ts'

const web = parseContainer(
  {
    Id: 'c1',
    Names: ['/web'],
    Image: 'acme/web:1',
    State: 'running',
    Ports: [
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 10001, Type: 'tcp' },
      { IP: '::', PrivatePort: 80, PublicPort: 10001, Type: 'tcp' },
      { IP: '::1', PrivatePort: 53, PublicPort: 5353, Type: 'udp' },
      { IP: '127.0.0.1', PrivatePort: 53, PublicPort: 5353, Type: 'udp' },
      { PrivatePort: 443, Type: 'tcp' },
    ],
  },
  0,
)

test('a port of both families is one row, by number; what is not published is none', () => {
  const rows = portRows([web])
  expect(rows.map(({ port, protocol, addresses, private: inside }) => [port, protocol, addresses, inside])).toEqual([
    [5353, 'udp', ['::1', '127.0.0.1'], 53],
    [10001, 'tcp', [], 80],
  ])
  expect(rows.map(reachAt)).toEqual(['[::1]:5353', 'localhost:10001'])
  expect(rows.map(isOpenable)).toEqual([false, true])
})

test.each([
  ['', 2],
  ['web', 2],
  ['10001', 1],
  ['udp 127', 1],
  ['nobody', 0],
])('the filter “%s” leaves %d', (filter, left) => expect(portRows([web]).filter((row) => matchesPort(row, filter))).toHaveLength(left))

test('holders are named once each', () => {
  const holder = { address: '0.0.0.0', pid: 7, program: 'nginx', command: '' }
  expect(holderWords([holder, { ...holder, address: '[::]' }, { ...holder, pid: 9 }])).toBe('nginx (pid 7) and nginx (pid 9)')
  expect(holderWords([{ ...holder, program: 'MainThread', command: '/usr/bin/node server.js' }])).toBe('node (pid 7)')
  expect(holderWords([{ ...holder, pid: undefined }])).toBe('')
})

describe('a port that is asked for', () => {
  test.each([
    ['8080', { port: 8080, protocol: 'tcp' }],
    [' :53/udp ', { port: 53, protocol: 'udp' }],
    ['0', undefined],
    ['65536', undefined],
    ['80/http', undefined],
    ['', undefined],
  ])('%s', (text, asked) => expect(parsePortQuestion(text)).toEqual(asked))
})
