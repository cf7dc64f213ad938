import { expect, test } from 'vitest'
import { parseContainer } from '../api/containers.ts'
import { adviseOn, takenPortIn } from './advice.ts'
import { commandWords } from './command-words.ts'
import { faceOf, matchesFilter, portTexts, sinceText } from './container-face.ts'
import { eventWords } from './event-words.ts'
import { jsonTokens } from './json-tokens.ts'
import { portMappings } from './port-mapping.ts'
import { formatAgo, formatBytes, formatSpan, shortenIds } from './quantity.ts'

const WEB_ID = 'c0ffee'.padEnd(64, '0')
const web = parseContainer(
  {
    Id: WEB_ID,
    Names: ['/web'],
    Image: 'acme/web:1',
    State: 'running',
    Status: 'Up 3 minutes',
    Ports: [
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 10001, Type: 'tcp' },
      { IP: '::', PrivatePort: 80, PublicPort: 10001, Type: 'tcp' },
      { IP: '127.0.0.1', PrivatePort: 53, PublicPort: 5353, Type: 'udp' },
      { PrivatePort: 443, Type: 'tcp' },
    ],
    Labels: { tier: 'front' },
    NetworkSettings: { Networks: { bridge: {} } },
  },
  0,
)

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [999_949, '1.00 MB'],
  [4_270_000, '4.27 MB'],
  [42_000_000, '42.0 MB'],
  [995_000_000, '995 MB'],
  [1_500_000_000_000_000, '1500 TB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('spans are told in their largest whole unit', () => {
  expect([59_999, 60_000, 3_599_999, 86_400_000, 45 * 86_400_000, 800 * 86_400_000].map(formatSpan)).toEqual([
    '< 1 min',
    '1 min',
    '59 min',
    '1 d',
    '1 mo',
    '2 y',
  ])
  expect([0, 120_000].map(formatAgo)).toEqual(['just now', '2 min ago'])
})

test('every state has a shape and a word of its own', () => {
  const row = { health: 'none', exitCode: undefined } as const
  const states = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const
  const faces = states.map((state) => faceOf({ ...row, state }))
  expect(new Set(faces.map(({ word }) => word)).size).toBe(states.length)
  expect(new Set(faces.map(({ shape, tone }) => `${shape} ${tone}`)).size).toBe(states.length)
})

test('a container that failed looks unlike one that ended', () => {
  const ended = (exitCode: number) => faceOf({ state: 'exited', health: 'none', exitCode })
  expect(ended(0)).toEqual({ shape: 'square', word: 'exited', tone: 'stop' })
  expect(ended(143).tone).toBe('stop')
  expect(ended(137)).toEqual({ shape: 'square', word: 'killed', tone: 'stop' })
  expect(ended(3)).toEqual({ shape: 'cross', word: 'exit 3', tone: 'fail' })
})

test('what was asked for shows before it is done; bad health is a failure', () => {
  expect(faceOf({ state: 'running', health: 'healthy', exitCode: undefined }, 'stop')).toEqual({ shape: 'dots', word: 'stopping', tone: 'wait' })
  expect(faceOf({ state: 'running', health: 'unhealthy', exitCode: undefined }).tone).toBe('fail')
})

test('ages are told from now', () => {
  expect(sinceText({ state: 'running', exitCode: undefined, sinceMs: 0, createdAtMs: 0 }, 180_000)).toBe('3 min')
  expect(sinceText({ state: 'exited', exitCode: 0, sinceMs: 0, createdAtMs: 0 }, 180_000)).toBe('3 min ago')
})

test('a port published on both families is one entry', () => {
  expect(portTexts(web.ports).map(({ text }) => text)).toEqual(['10001 → 80', '127.0.0.1:5353 → 53/udp', '443'])
})

test.each([
  ['', true],
  ['WEB', true],
  ['acme running', true],
  ['10001', true],
  ['tier=front', true],
  ['bridge', true],
  ['c0ffee', true],
  ['web stopped', false],
])('the filter “%s” fits: %s', (filter, expected) => {
  expect(matchesFilter(web, filter)).toBe(expected)
})

test('a taken port is told with who holds it', () => {
  const message = 'driver failed programming external connectivity on endpoint x (…): Bind for 0.0.0.0:10001 failed: port is already allocated'
  expect(adviseOn(message, [web])).toEqual({
    why: 'Port 10001 belongs to web. Stop it, or publish another port.',
    steps: [{ kind: 'open-container', id: WEB_ID, label: 'Open web' }],
  })
  expect(adviseOn(message, []).why).toBe('Another program on this machine has port 10001. Stop it, or publish another port.')
  const bind = 'failed to bind host port for 0.0.0.0:53:172.17.0.2:5353/udp: address already in use'
  expect(takenPortIn(bind)).toEqual({ port: 53, protocol: 'udp', inside: 5353 })
  expect(takenPortIn('failed to bind host port for [::]:80:[fd00::2]:8080/tcp: address already in use')).toEqual({ port: 80, protocol: 'tcp', inside: 8080 })
  const holder = { address: '0.0.0.0', pid: 7, program: 'dnsmasq', command: 'dnsmasq -k' }
  expect(adviseOn(bind, [], [holder]).why).toBe('dnsmasq (pid 7) has port 53. Stop it, or publish another port.')
})

test('a missing image can be pulled, a holder can be opened, other words stand for themselves', () => {
  expect(adviseOn('No such image: acme/db:2', []).steps).toEqual([{ kind: 'pull', reference: 'acme/db:2', label: 'Pull acme/db:2' }])
  expect(
    adviseOn(`conflict: unable to delete c952 (cannot be forced) - image is being used by running container ${WEB_ID.slice(0, 12)}`, [web]).steps,
  ).toHaveLength(1)
  const runc =
    'OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown'
  expect(adviseOn(runc, []).why).toBe('There is no program “/no/such” in the image. Run it with another command.')
  expect(adviseOn('network x has active endpoints (name:"web" id:"1")', [web])).toMatchObject({
    why: 'The container web is in it. Disconnect it first.',
    steps: [{ label: 'Open web' }],
  })
  expect(adviseOn('something else', [web])).toEqual({ why: '', steps: [] })
})

test('an event is told by names', () => {
  const event = (type: string, attributes: Record<string, string>) => ({ atMs: 0, type, action: 'connect', id: WEB_ID, attributes })
  expect(eventWords(event('container', { name: 'web' }), () => undefined).object).toBe('web')
  expect(eventWords(event('network', { name: 'bridge', container: WEB_ID }), () => 'web').object).toBe('bridge ← web')
  expect(eventWords(event('network', { name: 'bridge', container: WEB_ID }), () => undefined).object).toBe(`bridge ← ${WEB_ID.slice(0, 12)}`)
  expect(eventWords(event('image', {}), () => undefined).object).toBe(WEB_ID.slice(0, 12))
})

test('full ids in a text are cut as docker cuts them', () => {
  expect(shortenIds(`endpoint web (${WEB_ID}) of sha256:${WEB_ID}`)).toBe(`endpoint web (${WEB_ID.slice(0, 12)}) of ${WEB_ID.slice(0, 12)}`)
})

test.each([
  ['', []],
  ['sh -c "echo hi > /x"', ['sh', '-c', 'echo hi > /x']],
  [`a 'b "c"' d\\ e "f\\"g" ''`, ['a', 'b "c"', 'd e', 'f"g', '']],
])('the command %s', (command, words) => {
  expect(commandWords(command)).toEqual(words)
})

test('a quote without its end is refused', () => {
  expect(() => commandWords('echo "hi')).toThrow('without its end')
})

test('port mappings', () => {
  expect(portMappings('8080:80, 5353:53/udp 9000')).toEqual([
    { host: '8080', container: '80/tcp' },
    { host: '5353', container: '53/udp' },
    { host: '', container: '9000/tcp' },
  ])
  expect(() => portMappings('80:http')).toThrow('“80:http”')
  expect(() => portMappings('70000:80')).toThrow('“70000:80”')
})

test('coloured JSON is the JSON', () => {
  const value = { a: [1, -2.5e-7, true, null, 'x: "y" {'], 'b"': {}, c: '' }
  const tokens = jsonTokens(value)
  expect(tokens.map(({ text }) => text).join('')).toBe(JSON.stringify(value, null, 2))
  expect(tokens.filter(({ kind }) => kind === 'key').map(({ text }) => text)).toEqual(['"a"', '"b\\""', '"c"'])
  expect(tokens.find(({ text }) => text.includes('x:'))?.kind).toBe('text')
})
