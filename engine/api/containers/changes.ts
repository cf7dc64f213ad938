import { containerChanges } from '../../containers/diff.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { ApiCall } from '../call.ts'

const KINDS = { modified: 0, added: 1, deleted: 2 }

/** @see Engine API 1.51 ContainerChanges */
export async function changesHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const changes = await containerChanges(parts, parts.store.get(call.param('id')))
  const view = changes.map(({ path, kind }) => ({ Path: Buffer.from(path, 'latin1').toString(), Kind: KINDS[kind] }))
  call.json(200, view.length > 0 ? view : null)
}
