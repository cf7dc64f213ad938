import { EngineError } from '../../errors.ts'
import { importArchive } from '../../images/archive/import.ts'
import { loadArchive } from '../../images/archive/load.ts'
import { saveArchive } from '../../images/archive/save.ts'
import type { Image } from '../../images/image.ts'
import type { Images } from '../../images/images.ts'
import { familiarName, familiarRepository, fullRepository, parseReference } from '../../images/reference.ts'
import { pullImage } from '../../images/registry/pull.ts'
import { pushImage } from '../../images/registry/push.ts'
import { pruneImages, removeImage } from '../../images/remove.ts'
import type { ApiCall } from '../call.ts'
import type { Filters } from '../query.ts'
import type { Route } from '../router.ts'
import { parseTime } from '../times.ts'
import { registryAuth } from './auth.ts'
import { ProgressStream } from './progress.ts'
import { historyView, inspectView, summaryView } from './views.ts'

/** @see Engine API 1.51, "Image" */
export function imageRoutes(images: Images, workFolder: string): Route[] {
  const notYet = (what: string) => () => {
    throw new EngineError('not-implemented', `${what} is not implemented yet by this engine`)
  }
  return [
    { method: 'GET', path: '/images/json', handler: (call) => list(images, call) },
    { method: 'GET', path: '/images/search', handler: notYet('image search (GET /images/search)') },
    { method: 'GET', path: '/images/get', handler: (call) => save(images, call, call.query.all('names').flatMap((name) => name.split(','))) },
    { method: 'POST', path: '/images/create', handler: (call) => create(images, call) },
    { method: 'POST', path: '/images/load', handler: (call) => load(images, workFolder, call) },
    { method: 'POST', path: '/images/prune', handler: (call) => prune(images, call) },
    { method: 'GET', path: '/images/{name}/json', handler: (call) => call.json(200, inspectView(images, images.get(call.param('name')), call.version)) },
    { method: 'GET', path: '/images/{name}/history', handler: (call) => call.json(200, historyView(images, images.get(call.param('name')))) },
    { method: 'GET', path: '/images/{name}/get', handler: (call) => save(images, call, [call.param('name')]) },
    { method: 'POST', path: '/images/{name}/push', handler: (call) => push(images, call) },
    {
      method: 'POST',
      path: '/images/{name}/tag',
      handler(call) {
        images.tag(call.param('name'), call.query.text('repo'), call.query.text('tag'))
        call.empty(201)
      },
    },
    {
      method: 'DELETE',
      path: '/images/{name}',
      async handler(call) {
        const options = { force: call.query.flag('force'), keepParents: call.query.flag('noprune') }
        call.json(200, await removeImage(images, call.param('name'), options))
      },
    },
    { method: 'GET', path: '/distribution/{name}/json', handler: notYet('registry inspection (GET /distribution/{name}/json)') },
    { method: 'POST', path: '/auth', handler: notYet('registry login (POST /auth)') },
    { method: 'POST', path: '/build', handler: notYet('image build (POST /build)') },
    { method: 'POST', path: '/build/prune', handler: (call) => call.json(200, { CachesDeleted: null, SpaceReclaimed: 0 }) },
    { method: 'POST', path: '/build/cancel', handler: notYet('build cancel (POST /build/cancel)') },
  ]
}

const LIST_FILTERS = ['before', 'dangling', 'label', 'reference', 'since', 'until']

function list(images: Images, call: ApiCall): void {
  const filters = call.query.filters().allow(...LIST_FILTERS)
  const patterns = [...filters.get('reference'), ...(call.version.atLeast('1.41') ? [] : call.query.all('filter').filter(Boolean))]
  const dangling = filters.flag('dangling')
  const views = images.all().flatMap((image) => {
    const { repoTags } = images.referencesOf(image.id)
    const isUntagged = repoTags.length === 0
    if (!fits(images, image, filters)) return []
    if (dangling !== undefined && dangling !== isUntagged) return []
    if (!call.query.flag('all') && isUntagged && dangling === undefined && images.descendantsOf(image.id).length > 0) return []
    const shown = patterns.length === 0 ? repoTags : repoTags.filter((tag) => patterns.some((pattern) => matchesReference(tag, pattern)))
    if (patterns.length > 0 && shown.length === 0) return []
    return [summaryView(images, image, call.version, { shared: call.query.flag('shared-size'), repoTags: shown })]
  })
  call.json(200, views)
}

function fits(images: Images, image: Image, filters: Filters): boolean {
  const created = (one: Image) => new Date(one.created ?? 0).getTime()
  const bound = (key: string) => filters.get(key).map((reference) => created(images.get(reference)))
  const until = filters.get('until').map(parseTime)
  return (
    filters.matchesLabels(image.config.Labels) &&
    bound('before').every((time) => created(image) < time) &&
    bound('since').every((time) => created(image) > time) &&
    until.every((time) => BigInt(created(image)) * 1_000_000n < time)
  )
}

/** Go's path.Match on the familiar name, with or without its tag. */
function matchesReference(tag: string, pattern: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]*').replace(/\?/g, '[^/]')
  const regexp = new RegExp(`^${source}$`)
  const reference = parseReference(tag)
  return [tag, familiarRepository(reference), fullRepository(reference), `${fullRepository(reference)}:${reference.tag}`].some((name) => regexp.test(name))
}

async function create(images: Images, call: ApiCall): Promise<void> {
  const { query } = call
  const progress = new ProgressStream(call)
  if (query.has('fromSrc') && !query.text('fromImage')) {
    if (query.text('fromSrc') !== '-') throw new EngineError('not-implemented', 'import from a URL is not implemented yet by this engine')
    const options = { repository: query.text('repo'), tag: query.text('tag'), message: query.text('message'), changes: query.all('changes') }
    await progress.run(async () => progress.send({ status: (await importArchive(images, call.request, options)).id }))
    return
  }
  const options = {
    name: query.text('fromImage'),
    tag: query.text('tag'),
    platform: call.version.atLeast('1.32') ? query.text('platform') : '',
    auth: registryAuth(call.header('x-registry-auth')),
    signal: call.signal,
  }
  await progress.run(() => pullImage(images, options, progress))
}

async function load(images: Images, workFolder: string, call: ApiCall): Promise<void> {
  const progress = new ProgressStream(call)
  const isQuiet = call.query.flag('quiet', true)
  await progress.run(() =>
    loadArchive(images, workFolder, call.request, {
      message: (text) => progress.send({ stream: text }),
      layer(diffId, current, total) {
        if (!isQuiet) progress.step(diffId.slice('sha256:'.length, 'sha256:'.length + 12), 'Loading layer', { current, total })
      },
    }),
  )
}

function save(images: Images, call: ApiCall, names: readonly string[]): void {
  const archive = saveArchive(images, names)
  const response = call.stream('application/x-tar')
  archive.on('error', () => response.destroy())
  archive.pipe(response)
}

async function push(images: Images, call: ApiCall): Promise<void> {
  const reference = parseReference(call.param('name'))
  const progress = new ProgressStream(call)
  const options = { reference, tag: call.query.text('tag'), auth: registryAuth(call.header('x-registry-auth')), signal: call.signal }
  await progress.run(() => pushImage(images, options, progress))
  if (!call.signal.aborted) images.events.publish('image', 'push', familiarName(reference), { name: familiarRepository(reference) })
}

async function prune(images: Images, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow('dangling', 'label', 'label!', 'until')
  const takesTagged = filters.flag('dangling') === false
  const { steps, reclaimedBytes } = await pruneImages(images, (image, isDangling) => (takesTagged || isDangling) && fits(images, image, filters))
  call.json(200, { ImagesDeleted: steps.length > 0 ? steps : null, SpaceReclaimed: reclaimedBytes })
}
