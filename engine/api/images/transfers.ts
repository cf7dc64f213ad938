import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../errors.ts'
import { importArchive } from '../../images/archive/import.ts'
import { loadArchive } from '../../images/archive/load.ts'
import { saveArchive } from '../../images/archive/save.ts'
import { shortHexOf } from '../../images/digest.ts'
import type { Images } from '../../images/images.ts'
import { parseReference } from '../../images/reference.ts'
import type { ApiCall } from '../call.ts'
import { registryAuth } from './auth.ts'
import { ProgressStream } from './progress.ts'

/** Pulls, or imports a root file system from the body. @see Engine API 1.51 ImageCreate */
export async function create(images: Images, call: ApiCall): Promise<void> {
  const { query } = call
  if (query.has('fromSrc') && !query.text('fromImage')) return importBody(images, call)
  const progress = new ProgressStream(call)
  const options = {
    name: query.text('fromImage'),
    tag: query.text('tag'),
    platform: call.version.atLeast('1.32') ? query.text('platform') : '',
    auth: registryAuth(call.header('x-registry-auth')),
    signal: call.signal,
  }
  await progress.run(async () => {
    // Loaded when it is first needed: an HTTP client for registries takes ten megabytes of memory.
    const { pullImage } = await import('../../images/registry/pull.ts')
    await pullImage(images, options, progress)
  })
}

async function importBody(images: Images, call: ApiCall): Promise<void> {
  const { query } = call
  if (query.text('fromSrc') !== '-') throw new EngineError('not-implemented', 'import from a URL (fromSrc) is not implemented by this engine')
  const options = { repository: query.text('repo'), tag: query.text('tag'), message: query.text('message'), changes: query.all('changes') }
  const progress = new ProgressStream(call)
  await progress.run(async () => {
    const image = await importArchive(images, call.upload(), options, call.signal)
    progress.send({ status: image.id })
  })
}

/** @see Engine API 1.51 ImageLoad */
export async function load(images: Images, call: ApiCall): Promise<void> {
  const progress = new ProgressStream(call)
  const isQuiet = call.query.flag('quiet', true)
  // Whatever is wrong with an archive comes as a line, the status stays 200. It may not come before the archive is read:
  // skopeo takes the head of an answer for its end, and sends no more.
  progress.commit()
  await progress.run(() =>
    loadArchive(images, call.upload(), {
      message: (text) => progress.send({ stream: text }),
      layer(diffId, current, total) {
        if (!isQuiet) progress.step(shortHexOf(diffId), 'Loading layer', { current, total })
      },
    }),
  )
}

/** @see Engine API 1.51 ImageGet, ImageGetAll */
export async function save(images: Images, call: ApiCall, names: readonly string[]): Promise<void> {
  await pipeline(saveArchive(images, names), call.stream('application/x-tar'))
}

/** @see Engine API 1.51 ImagePush */
export async function push(images: Images, call: ApiCall): Promise<void> {
  const reference = parseReference(call.param('name'))
  const progress = new ProgressStream(call)
  const options = { reference, tag: call.query.text('tag'), auth: registryAuth(call.header('x-registry-auth')), signal: call.signal }
  await progress.run(async () => {
    const { pushImage } = await import('../../images/registry/push.ts')
    await pushImage(images, options, progress)
  })
}
