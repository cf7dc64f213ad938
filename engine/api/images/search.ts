import { EngineError } from '../../errors.ts'
import type { Images } from '../../images/images.ts'
import type { ApiCall } from '../call.ts'
import { registryAuth } from './auth.ts'

/**
 * Nothing is "automated" any more: such a filter finds nothing, and the field says no.
 * @see Engine API 1.51 ImageSearch
 */
export async function search(images: Images, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow('is-automated', 'is-official', 'stars')
  const leastStars = Math.max(0, ...filters.get('stars').map(stars))
  const isOfficial = filters.flag('is-official')
  const isAutomated = filters.flag('is-automated') ?? false
  const options = { limit: call.query.integer('limit'), leastStars, isOfficial, auth: registryAuth(call.header('x-registry-auth')), signal: call.signal }
  // Loaded when it is first needed, as for a pull.
  const { searchRepositories } = await import('../../images/registry/search.ts')
  const found = await searchRepositories(call.query.text('term'), images.registry, options)
  call.json(
    200,
    (isAutomated ? [] : found).map(({ name, description, starCount, isOfficial }) => ({
      star_count: starCount,
      is_official: isOfficial,
      name,
      is_automated: false,
      description,
    })),
  )
}

function stars(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new EngineError('invalid', `invalid filter 'stars=${text}'`)
  return Number(text)
}
