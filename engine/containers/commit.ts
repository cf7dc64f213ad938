import { EngineError } from '../errors.ts'
import { applyChanges } from '../images/changes.ts'
import type { Image, ImageConfig } from '../images/image.ts'
import { checkTag } from '../images/reference.ts'
import type { ContainerConfig } from './config.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import { mergeImageConfig } from './image-config.ts'
import type { ContainerParts } from './parts.ts'
import { whileFrozen } from './pause.ts'
import { commandText } from './process-text.ts'

export interface CommitRequest {
  readonly repository: string
  readonly tag: string
  readonly comment: string
  readonly author: string
  readonly pause: boolean
  /** Dockerfile instructions, e.g. `CMD ["sh"]`. */
  readonly changes: readonly string[]
  readonly config: ContainerConfig
}

/**
 * Makes an image of what a container changed in its file system.
 * @throws EngineError `conflict` for a dead container, `invalid` for a bad change or name
 * @see Engine API 1.51 ImageCommit
 */
export async function commitContainer(parts: ContainerParts, container: Container, request: CommitRequest): Promise<Image> {
  if (container.state.status === 'dead') throw new EngineError('conflict', `You cannot commit container ${container.id} which is Dead`)
  if (container.state.status === 'removing') throw new EngineError('conflict', `You cannot commit container ${container.id} which is being removed`)
  if (request.repository !== '' && request.tag !== '') checkTag(request.tag)
  const config = applyChanges(imageConfig(mergeImageConfig(request.config, imageConfig(container.spec.config))), request.changes)
  const commit = async () => {
    const image = await parts.images.commit({
      parent: parts.images.get(container.spec.imageId),
      upperDir: parts.paths.upper(container.id),
      config,
      author: request.author,
      comment: request.comment,
      createdBy: commandText(container.spec),
      reference: request.repository === '' ? undefined : `${request.repository}${request.tag === '' ? '' : `:${request.tag}`}`,
    })
    publishContainer(parts.events, container, 'commit', { comment: request.comment, imageID: image.id, imageRef: request.repository })
    return image
  }
  return request.pause ? whileFrozen(parts, container, commit) : commit()
}

/** The part of a container's configuration that an image keeps. */
function imageConfig(config: ContainerConfig): ImageConfig {
  const { User, Env, Entrypoint, Cmd, WorkingDir, Labels, ExposedPorts, Volumes, StopSignal, Healthcheck, Shell, OnBuild } = config
  return { User, Env, Entrypoint, Cmd, WorkingDir, Labels, ExposedPorts, Volumes, StopSignal, Healthcheck, Shell, OnBuild }
}
