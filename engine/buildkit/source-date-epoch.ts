import { EngineError } from '../errors.ts'

/**
 * When something is to have been made, in seconds since 1970.
 * @param name of the option, for messages
 * @throws EngineError `invalid` with BuildKit's words
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function epochOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,11}$/.test(text)) throw new EngineError('invalid', `invalid ${name}: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}
