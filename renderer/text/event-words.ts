import type { EngineEvent } from '../api/types.ts'
import { shortenIds, shortId } from './quantity.ts'

/** An event as one reads it: `container start web`. An id stands where no name is known. */
export function eventWords({ type, action, id, attributes }: EngineEvent, nameOf: (containerId: string) => string | undefined) {
  const member = attributes.container
  const name = type === 'network' && member !== undefined ? `${attributes.name} ← ${nameOf(member) ?? shortId(member)}` : attributes.name
  return { subject: type, action: shortenIds(action), object: shortenIds(name || id) }
}
