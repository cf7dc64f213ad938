import { type Dispatcher, request } from 'undici'
import { EngineError } from '../../errors.ts'
import type { RegistryAgents } from './agents.ts'
import type { RegistryAuth } from './auth.ts'
import { readText, refusalOf } from './body.ts'

/** How to answer a registry's `WWW-Authenticate`. */
export interface TokenRequest {
  readonly challenge: string
  /** `repository:library/busybox:pull`; none to log in only. */
  readonly scopes: readonly string[]
  readonly auth: RegistryAuth | undefined
  /** The call that was refused, for messages. */
  readonly url: string
  readonly agents: Pick<RegistryAgents, 'for'>
  readonly signal: AbortSignal
}

/**
 * The `Authorization` that a registry asks for.
 * @throws EngineError `unauthorized` when it does not take the credentials
 * @see distribution token authentication, "Requesting a Token"
 */
export async function authorizationFor(asked: TokenRequest): Promise<string> {
  const { challenge, auth } = asked
  if (/^basic/i.test(challenge)) {
    if (!auth) throw new EngineError('system', `Get ${JSON.stringify(asked.url)}: no basic auth credentials`)
    return basic(auth)
  }
  if (!/^bearer/i.test(challenge)) throw new EngineError('unauthorized', 'unauthorized: authentication required')
  if (auth?.registryToken) return `Bearer ${auth.registryToken}`
  return `Bearer ${await fetchToken(asked)}`
}

async function fetchToken({ challenge, scopes, auth, agents, signal }: TokenRequest): Promise<string> {
  const parameters = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key ?? '', value ?? '']))
  const realm = parameters.get('realm') ?? ''
  if (!URL.canParse(realm)) throw new EngineError('system', `the registry names no token server: ${challenge}`)
  const query = new URLSearchParams()
  const service = parameters.get('service')
  if (service) query.set('service', service)
  for (const scope of scopes) query.append('scope', scope)
  const dispatcher = await agents.for(new URL(realm))
  const response = auth?.identityToken
    ? await refresh(realm, query, auth.identityToken, { dispatcher, signal })
    : await request(withQuery(realm, query), { dispatcher, signal, headers: auth?.username ? { authorization: basic(auth) } : {} })
  const { statusCode, headers, body: answer } = response
  if (statusCode === 429 || statusCode >= 500) throw await refusalOf({ status: statusCode, headers, body: answer })
  if (statusCode !== 200) {
    await response.body.dump()
    throw new EngineError('unauthorized', `Get ${JSON.stringify(withQuery(realm, query))}: unauthorized: incorrect username or password`)
  }
  const body: unknown = JSON.parse(await readText(response.body, 'token'))
  const token = textOf(body, 'token') ?? textOf(body, 'access_token')
  if (token === undefined) throw new EngineError('system', 'authorization server did not include a token in the response')
  return token
}

/** @see OAuth 2.0, RFC 6749 section 6 */
function refresh(realm: string, query: URLSearchParams, identityToken: string, options: { dispatcher: Dispatcher; signal: AbortSignal }) {
  const form = new URLSearchParams(query)
  if (query.has('scope')) form.set('scope', query.getAll('scope').join(' ')) // Here they are one value, in a GET several.
  for (const [key, value] of [
    ['grant_type', 'refresh_token'],
    ['client_id', 'docker'],
    ['refresh_token', identityToken],
  ] as const)
    form.set(key, value)
  return request(realm, { ...options, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() })
}

function withQuery(realm: string, query: URLSearchParams): string {
  const url = new URL(realm)
  for (const [key, value] of query) url.searchParams.append(key, value)
  return url.toString()
}

function textOf(body: unknown, key: string): string | undefined {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** @see RFC 7617 */
export function basic({ username, password }: RegistryAuth): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
