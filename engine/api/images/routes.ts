import type { Images } from '../../images/images.ts'
import { removeImage } from '../../images/remove.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { listImages, prune } from './list.ts'
import { browse, distribution, login } from './registry.ts'
import { search } from './search.ts'
import { create, load, push, save } from './transfers.ts'
import { historyView, inspectView } from './views.ts'

/** skopeo's, podman's and buildah's `docker-daemon:` speaks 1.22, in which these were as they are now. */
const ARCHIVES_SINCE = '1.22'

/** @see Engine API 1.51, "Image" and "Distribution" */
export function imageRoutes(images: Images): Route[] {
  return [
    { method: 'GET', path: '/images/json', handler: (call) => listImages(images, call) },
    { method: 'GET', path: '/images/search', handler: (call) => search(images, call) },
    {
      method: 'GET',
      path: '/images/get',
      since: ARCHIVES_SINCE,
      handler: (call) =>
        save(
          images,
          call,
          call.query.all('names').flatMap((name) => name.split(',')),
        ),
    },
    { method: 'POST', path: '/images/create', uploads: true, handler: (call) => create(images, call) },
    { method: 'POST', path: '/images/load', since: ARCHIVES_SINCE, uploads: true, handler: (call) => load(images, call) },
    { method: 'POST', path: '/images/prune', handler: (call) => prune(images, call) },
    { method: 'GET', path: '/images/{name}/json', handler: (call) => call.json(200, inspectView(images, images.get(call.param('name')), call.version)) },
    { method: 'GET', path: '/images/{name}/history', handler: (call) => call.json(200, historyView(images, images.get(call.param('name')))) },
    { method: 'GET', path: '/images/{name}/get', since: ARCHIVES_SINCE, handler: (call) => save(images, call, [call.param('name')]) },
    { method: 'POST', path: '/images/{name}/push', handler: (call) => push(images, call) },
    { method: 'POST', path: '/images/{name}/tag', handler: (call) => tag(images, call) },
    { method: 'DELETE', path: '/images/{name}', handler: (call) => remove(images, call) },
    { method: 'GET', path: '/distribution/{name}/json', handler: (call) => distribution(images, call) },
    { method: 'GET', path: '/engineroom/v1/registries', handler: (call) => browse(images, call) },
    { method: 'POST', path: '/auth', handler: (call) => login(images, call) },
  ]
}

/** @see Engine API 1.51 ImageTag */
function tag(images: Images, call: ApiCall): void {
  images.tag(call.param('name'), call.query.text('repo'), call.query.text('tag'))
  call.empty(201)
}

/** @see Engine API 1.51 ImageDelete */
async function remove(images: Images, call: ApiCall): Promise<void> {
  const options = { force: call.query.flag('force'), keepParents: call.query.flag('noprune') }
  call.json(200, await removeImage(images, call.param('name'), options))
}
