import type { BuildParts } from '../../build/parts.ts'
import { EngineError, messageOf } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Filters } from '../query.ts'
import { parseTime } from '../times.ts'

const AGES = ['until', 'unused-for']
const NOT_HERE = ['id', 'parent', 'type', 'description', 'inuse', 'shared', 'private']
const SPACES = ['keep-storage', 'reserved-space', 'max-used-space', 'min-free-space']

/**
 * Only caches that RUN mounts: what steps leave behind are images, and `image prune` takes those that nobody needs. They
 * have no labels.
 * @see Engine API 1.51 BuildPrune
 */
export async function prune({ caches }: BuildParts, call: ApiCall): Promise<void> {
  const filters = known(call.query.filters())
  const unknown = NOT_HERE.find((key) => filters.has(key)) ?? SPACES.find((key) => bytesOf(call, key) > 0)
  if (unknown) throw new EngineError('not-implemented', `${unknown} is not implemented for build caches by this engine`)
  const [age, ...more] = AGES.flatMap((key) => filters.get(key))
  if (more.length > 0) throw new EngineError('invalid', `failed to prune build cache: conflicting filters: ${[age, ...more].join(' ')}`)
  const bound = age === undefined ? Number.POSITIVE_INFINITY : Number(parseTime(age) / 1_000_000n)
  const { removed, bytes } = await caches.prune((_, usedAtMs) => usedAtMs < bound && filters.matchesLabels({}))
  call.json(200, { CachesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: bytes })
}

function known(filters: Filters): Filters {
  try {
    return filters.allow(...AGES, ...NOT_HERE, 'label', 'label!')
  } catch (cause) {
    throw new EngineError('invalid', `failed to prune build cache: ${messageOf(cause)}`, { cause })
  }
}

function bytesOf(call: ApiCall, key: string): number {
  const text = call.query.text(key)
  if (!/^\d*$/.test(text)) throw new EngineError('invalid', `${key} is in bytes and expects an integer, got ${text}`)
  return Number(text)
}
