import type { Image } from '../../images/image.ts'
import type { Images } from '../../images/images.ts'
import { familiarRepository, fullRepository, parseReference } from '../../images/reference.ts'
import { pruneImages } from '../../images/remove.ts'
import type { ApiCall } from '../call.ts'
import type { Filters } from '../query.ts'
import { parseTime } from '../times.ts'
import { summaryView } from './views.ts'

/** @see Engine API 1.51 ImageList; engine-api notes 7.2 */
export function listImages(images: Images, call: ApiCall): void {
  const filters = call.query.filters().allow('before', 'dangling', 'label', 'reference', 'since', 'until')
  const patterns = [...filters.get('reference'), ...(call.version.atLeast('1.41') ? [] : call.query.all('filter').filter(Boolean))]
  const dangling = filters.flag('dangling')
  const isWanted = fits(images, filters)
  const showsAll = call.query.flag('all')
  const views = images.all().flatMap((image) => {
    const { repoTags, repoDigests } = images.referencesOf(image.id)
    const isUntagged = repoTags.length === 0
    if (!isWanted(image)) return []
    if (dangling !== undefined && dangling !== isUntagged) return []
    if (!showsAll && isUntagged && repoDigests.length === 0 && images.childrenOf(image.id).length > 0) return []
    const matching = (names: readonly string[]) =>
      patterns.length === 0 ? names : names.filter((name) => patterns.some((pattern) => matchesReference(name, pattern)))
    const shown = { repoTags: matching(repoTags), repoDigests: matching(repoDigests) }
    if (patterns.length > 0 && shown.repoTags.length === 0 && shown.repoDigests.length === 0) return []
    return [summaryView(images, image, call.version, { shared: call.query.flag('shared-size'), ...shown })]
  })
  call.json(200, views)
}

/** @see Engine API 1.51 ImagePrune */
export async function prune(images: Images, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow('dangling', 'label', 'label!', 'until')
  const takesTagged = filters.flag('dangling') === false
  const isWanted = fits(images, filters)
  const { steps, reclaimedBytes } = await pruneImages(images, (image, isDangling) => (takesTagged || isDangling) && isWanted(image))
  call.json(200, { ImagesDeleted: steps.length > 0 ? steps : null, SpaceReclaimed: reclaimedBytes })
}

function fits(images: Images, filters: Filters): (image: Image) => boolean {
  const created = (one: Image) => new Date(one.created ?? 0).getTime()
  const bounds = (key: string) => filters.get(key).map((reference) => created(images.get(reference)))
  const before = bounds('before')
  const since = bounds('since')
  const until = filters.get('until').map(parseTime)
  return (image) =>
    filters.matchesLabels(image.config.Labels) &&
    before.every((time) => created(image) < time) &&
    since.every((time) => created(image) > time) &&
    until.every((time) => BigInt(created(image)) * 1_000_000n < time)
}

/** Go's path.Match on the familiar name, with or without its tag or digest. */
function matchesReference(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]')
  const regexp = new RegExp(`^${source}$`)
  const reference = parseReference(name)
  return [name, familiarRepository(reference), fullRepository(reference), `${fullRepository(reference)}:${reference.tag}`].some((form) => regexp.test(form))
}
