import type { CommandShape } from '../command/command.ts'
import type { Session } from '../session.ts'
import type { Candidate } from './candidate.ts'
import { type NameKind, namesOf } from './names.ts'

/** Words of a usage line that stand for names which the engine knows. */
const PLACES: Readonly<Record<string, readonly NameKind[]>> = {
  CONTAINER: ['container'],
  IMAGE: ['image'],
  NETWORK: ['network'],
  VOLUME: ['volume'],
  'NAME|ID': ['container', 'image', 'network', 'volume'],
}

/** What works on processes is no use to a container that has none. */
const FOR_RUNNING = ['attach', 'debug', 'exec', 'kill', 'stop']

/**
 * What an argument may be, by the command's usage line: `[OPTIONS] CONTAINER [CONTAINER...]`, `on|off|status`.
 * @param index how many arguments stand before it
 */
export async function operandCandidates({ path, usage }: CommandShape, index: number, session: Session): Promise<readonly Candidate[]> {
  if (path.endsWith(' create')) return [] // The name of what is not there yet.
  const places = usage.split(' ').filter((word) => word !== '[OPTIONS]')
  const repeated = places.at(-1)?.includes('...') ? places.at(-1) : undefined
  const place = (places[index] ?? repeated ?? '').replace(/[[\].]/g, '')
  if (/^[a-z]+(\|[a-z]+)+$/.test(place)) return place.split('|').map((word) => ({ word, about: '' }))
  const kinds = PLACES[place] ?? []
  return (await Promise.all(kinds.map((kind) => namesOf(kind, session, { isRunning: FOR_RUNNING.includes(path) })))).flat()
}
