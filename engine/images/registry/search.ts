import { Type } from 'typebox'
import { request } from 'undici'
import { EngineError, messageOf } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import type { RegistrySettings } from '../images.ts'
import { RegistryAgents, type Ways } from './agents.ts'
import type { RegistryAuth } from './auth.ts'
import { readText } from './body.ts'
import { type Endpoint, searchEndpoint } from './endpoint.ts'
import { connectionFailure } from './errors.ts'
import { basic } from './token.ts'

const DEFAULT_LIMIT = 25
const MOST = 100

const SearchBody = Type.Object({
  results: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.Optional(Type.String()),
        description: Type.Optional(Type.String()),
        star_count: Type.Optional(Type.Integer()),
        is_official: Type.Optional(Type.Boolean()),
      }),
    ),
  ),
})

/** A repository that was found. @see Engine API 1.51 ImageSearch */
export interface FoundRepository {
  readonly name: string
  readonly description: string
  readonly starCount: number
  readonly isOfficial: boolean
}

export interface SearchOptions {
  /** 1 to 100; undefined and 0 take 25. */
  readonly limit: number | undefined
  readonly leastStars: number
  readonly isOfficial: boolean | undefined
  readonly auth: RegistryAuth | undefined
  readonly signal: AbortSignal
}

/**
 * Asks Docker Hub, or the registry that the term begins with (`host:5000/word`), for repositories; the most popular come first.
 * @throws EngineError `invalid` for a limit or a term that cannot be, `system` when the registry cannot be asked
 * @see docker registry's v1 search, which Docker Hub still answers
 */
export async function searchRepositories(term: string, settings: RegistrySettings, options: SearchOptions): Promise<FoundRepository[]> {
  const limit = options.limit || DEFAULT_LIMIT
  if (limit < 1 || limit > MOST) throw new EngineError('invalid', `limit ${limit} is outside the range of [1, ${MOST}]`)
  if (term.includes('://')) throw new EngineError('invalid', 'invalid repository name (ex: "registry.domain.tld/myrepos")')
  const { domain, word } = splitTerm(term)
  const query = new URLSearchParams({ q: word, n: String(limit) })
  const { status, body } = await ask(await searchEndpoint(domain, settings), `/v1/search?${query}`, { ...options, ways: settings })
  if (status !== 200) throw new EngineError('system', `Unexpected status code ${status}`)
  return parse(body)
    .filter(({ starCount }) => starCount >= options.leastStars)
    .filter(({ isOfficial }) => options.isOfficial === undefined || isOfficial === options.isOfficial)
    .toSorted((one, other) => other.starCount - one.starCount)
}

/** Official images are found without the `library/` that they have in the registry. */
function splitTerm(term: string): { domain: string; word: string } {
  const slash = term.indexOf('/')
  const first = term.slice(0, Math.max(slash, 0))
  const isDomain = /[.:]/.test(first) || first === 'localhost'
  const domain = isDomain && first !== 'index.docker.io' ? first : 'docker.io'
  const word = isDomain ? term.slice(slash + 1) : term
  return { domain, word: domain === 'docker.io' ? word.replace(/^library\//, '') : word }
}

async function ask(endpoint: Endpoint, path: string, { auth, signal, ways }: SearchOptions & { ways: Ways }): Promise<{ status: number; body: string }> {
  await using agents = new RegistryAgents(endpoint, ways)
  const { host, isInsecure, scheme } = endpoint
  const headers = { 'x-docker-token': 'true', ...(auth?.username && { authorization: basic(auth) }) }
  const schemes = scheme ? [scheme] : isInsecure ? ['https', 'http'] : ['https']
  let failure: EngineError | undefined
  for (const one of schemes) {
    const url = new URL(`${one}://${host}${path}`)
    try {
      const response = await request(url, { dispatcher: await agents.for(url), signal, headers })
      return { status: response.statusCode, body: await readText(response.body, 'search') }
    } catch (error) {
      failure = new EngineError('system', `Error searching repositories: Get "${url}": ${connectionFailure(url, error)}`, { cause: error })
    }
  }
  throw failure
}

function parse(body: string): FoundRepository[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    throw new EngineError('system', `error decoding registry search results: ${messageOf(cause)}`, { cause })
  }
  return (decodeObject(SearchBody, value).results ?? []).map(({ name = '', description = '', star_count: starCount = 0, is_official: isOfficial = false }) => ({
    name,
    description,
    starCount,
    isOfficial,
  }))
}
