import { exportContainer } from '../../containers/export.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { ApiCall } from '../call.ts'

/** @see Engine API 1.51 ContainerExport */
export async function exportHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  await exportContainer(parts, parts.store.get(call.param('id')), () => call.stream('application/octet-stream'))
}
