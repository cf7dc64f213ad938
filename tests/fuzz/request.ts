import { Random } from '../chaos/random.ts'
import type { Json } from './bodies.ts'
import { isHarmless } from './harmless.ts'
import { mutatedText } from './mutate.ts'
import { type FuzzRoute, PLACES, ROUTES } from './routes.ts'
import { NASTY_TEXTS, one } from './values.ts'

/**
 * How a client behaves: as it should; byte by byte; ends its side once it has asked; leaves in the middle; leaves at
 * once; stays with half a request; asks twice without waiting; speaks no proper HTTP.
 */
export type Manner = 'proper' | 'slow' | 'half-closed' | 'cut' | 'hasty' | 'stuck' | 'twice' | 'malformed'

export interface FuzzRequest {
  readonly number: number
  readonly route: FuzzRoute
  readonly manner: Manner
  /** Everything that is sent. `{exec}` is still to be filled in. */
  readonly head: string
  readonly body: Buffer
}

export interface FuzzWorld {
  /** The only folder that binds may come from. */
  readonly sandbox: string
  /** Archives: good ones, bad ones, none at all. */
  readonly archives: readonly Buffer[]
}

const MANNERS: readonly (readonly [number, Manner])[] = [
  [64, 'proper'],
  [4, 'slow'],
  [8, 'half-closed'],
  [6, 'cut'],
  [5, 'hasty'],
  [2, 'stuck'],
  [4, 'twice'],
  [6, 'malformed'],
]

const VERSIONS: readonly (readonly [number, string])[] = [
  [10, ''],
  [10, '/v1.51'],
  [4, '/v1.41'],
  [3, '/v1.24'],
  [1, '/v1.99'],
  [1, '/v1.1'],
  [1, '/v1'],
  [1, '/v1.51.1'],
  [1, '/v01.051'],
  [1, '/vx'],
]

const WEIGHTED_ROUTES = ROUTES.map((route) => [route.weight ?? 4, route] as const)

/** The request with this number: the same for the same seed, whatever was asked before. */
export function fuzzRequest(seed: number, number: number, world: FuzzWorld): FuzzRequest {
  const random = new Random(seed ^ Math.imul(number + 1, 0x9e3779b1))
  const route = random.weighted(WEIGHTED_ROUTES)
  const manner = random.weighted(MANNERS)
  const body = bodyOf(random, route, world)
  const head = headOf(random, route, body, manner)
  return { number, route, manner, head, body }
}

function bodyOf(random: Random, route: FuzzRoute, { sandbox, archives }: FuzzWorld): Buffer {
  if (route.takesArchive) return one(random, archives)
  if (route.body === undefined) return random.chance(0.05) ? Buffer.from(one(random, NASTY_TEXTS)) : Buffer.alloc(0)
  const document = JSON.parse(JSON.stringify(route.body).replaceAll('{sandbox}', sandbox)) as Json
  const body = mutatedText(random, document)
  return isHarmless(body, sandbox, route.mustHave) ? body : Buffer.from(JSON.stringify(document))
}

function headOf(random: Random, route: FuzzRoute, body: Buffer, manner: Manner): string {
  const target = targetOf(random, route)
  const lines = [`${route.method} ${target} HTTP/1.1`, 'Host: docker', ...headers(random, route, body)]
  return `${(manner === 'malformed' ? spoilt(random, lines) : lines).join('\r\n')}\r\n\r\n`
}

function targetOf(random: Random, route: FuzzRoute): string {
  const path = route.path.replace(/\{(\w+)\}/g, (place, kind: string) => encoded(random, one(random, PLACES[kind] ?? [place])))
  const pairs = Object.entries(route.query ?? {})
    .filter(() => random.chance(0.4))
    .flatMap(([key, values]) => {
      const pair = `${key}=${encoded(random, one(random, values))}`
      return random.chance(0.03) ? [pair, `${key}=${encoded(random, one(random, values))}`] : [pair]
    })
  if (random.chance(0.03)) pairs.push(`${encoded(random, one(random, NASTY_TEXTS))}=${encoded(random, one(random, NASTY_TEXTS))}`)
  if (random.chance(0.02)) pairs.push('%zz=%')
  return `${random.weighted(VERSIONS)}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

/** `{exec}` stays, to be filled in. */
function encoded(random: Random, text: string): string {
  if (text === '{exec}') return text
  const proper = encodeURIComponent(text.toWellFormed())
  return random.chance(0.04) ? proper.replace(/%2F/gi, '/').replace(/%25/g, '%') : proper
}

const TYPES = ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'text/plain', 'application/json,x', 'application/x-tar', '']
const AUTHS = [
  '',
  '{}',
  'e30=',
  'e30',
  '!!!',
  Buffer.from('{"username":1}').toString('base64'),
  Buffer.from('{"auth":"x"').toString('base64'),
  Buffer.from('[]').toString('base64url'),
  'bnVsbA==',
  'x'.repeat(20_000),
]

function headers(random: Random, route: FuzzRoute, body: Buffer): string[] {
  const lines = route.hijacks && random.chance(0.7) ? ['Connection: Upgrade', 'Upgrade: tcp'] : ['Connection: close']
  if (body.length > 0 || random.chance(0.2)) {
    const type = route.takesArchive ? 'application/x-tar' : 'application/json'
    lines.push(`Content-Type: ${random.chance(0.9) ? type : one(random, TYPES)}`)
  }
  if (body.length > 0 || route.method === 'POST') lines.push(`Content-Length: ${body.length}`)
  if (/images|build|distribution/.test(route.path) && random.chance(0.3))
    lines.push(`X-Registry-Auth: ${one(random, AUTHS)}`, `X-Registry-Config: ${one(random, AUTHS)}`)
  if (random.chance(0.03)) lines.push('Expect: 100-continue')
  if (random.chance(0.03)) lines.push('Accept-Encoding: gzip')
  if (random.chance(0.02)) lines.push('Content-Encoding: gzip')
  if (random.chance(0.02)) lines.push('Connection: Upgrade', 'Upgrade: h2c')
  if (random.chance(0.01)) lines.push(`X-Long: ${'x'.repeat(100_000)}`)
  return lines
}

/** Something that HTTP does not allow, or that servers have read in different ways. @see RFC 9112 */
function spoilt(random: Random, lines: readonly string[]): string[] {
  const [first = '', ...rest] = lines
  return random.weighted<() => string[]>([
    [1, () => [first.replace('HTTP/1.1', 'HTTP/1.0'), ...rest]],
    [1, () => [first.replace('HTTP/1.1', 'HTTP/3.7'), ...rest]],
    [1, () => [first.replace(' HTTP/1.1', ''), ...rest]],
    [1, () => [first, ...rest.filter((line) => !line.startsWith('Host'))]],
    [1, () => [first, ...rest, 'Content-Length: 5', 'Content-Length: 7']],
    [1, () => [first, ...rest, 'Content-Length: -1']],
    [1, () => [first, ...rest, 'Transfer-Encoding: chunked']],
    [1, () => [first, ...rest.filter((line) => !line.startsWith('Content-Length')), 'Transfer-Encoding: chunked']],
    [1, () => [first, ...rest, 'Bad Header\0: x']],
    [1, () => [first, ...rest, `X-Huge: ${'x'.repeat(300_000)}`]],
    [1, () => [`\x16\x03\x01\x02${first}`, ...rest]],
    [1, () => [first.replace(' /', ' http://other.test/'), ...rest]],
    [1, () => [first.replace(' /', ' //'), ...rest]],
    [1, () => [first.replace(' /', ' *'), ...rest]],
  ])()
}
