import { commitContainer } from '../../containers/commit.ts'
import { ContainerConfigSchema, normaliseConfig } from '../../containers/config.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { ApiCall } from '../call.ts'

/** @see Engine API 1.51 ImageCommit */
export async function commitHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const { query } = call
  const config = normaliseConfig(await call.optionalBody(ContainerConfigSchema))
  const container = parts.store.get(query.text('container'))
  const image = await commitContainer(parts, container, {
    repository: query.text('repo'),
    tag: query.text('tag'),
    comment: query.text('comment'),
    author: query.text('author'),
    pause: query.flag('pause', true),
    changes: query.all('changes'),
    config,
  })
  call.json(201, { Id: image.id })
}
