import type { ContainerParts } from '../../containers/parts.ts'
import { checkPsArgs, topContainer } from '../../containers/top.ts'
import type { ApiCall } from '../call.ts'

/** @see Engine API 1.51 ContainerTop */
export async function topHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const psArgs = call.query.text('ps_args')
  checkPsArgs(psArgs)
  const { titles, rows } = await topContainer(parts, parts.store.get(call.param('id')), psArgs)
  call.json(200, { Titles: titles, Processes: rows.length > 0 ? rows : null })
}
