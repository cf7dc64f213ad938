import { EngineError } from '../errors.ts'

/** RFC 9110: what names of types and of parameters are made of. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const TYPE = new RegExp(`^(${TOKEN})(/${TOKEN})?$`)
const PARAMETER = new RegExp(`^\\s*;\\s*(${TOKEN})\\s*=\\s*(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")`)

/** The type without its parameters, in small letters; `''` when the header is missing or is none. */
export function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/**
 * A body must be told to be JSON.
 * @param contentType the header as sent, `''` when it is missing
 * @throws EngineError `invalid` with docker's words
 */
export function checkJsonType(contentType: string): void {
  const fault = faultOf(contentType)
  if (fault !== undefined) throw new EngineError('invalid', `malformed Content-Type header (${contentType}): mime: ${fault}`)
  if (mediaType(contentType) !== 'application/json') {
    throw new EngineError('invalid', `unsupported Content-Type header (${contentType}): must be 'application/json'`)
  }
}

/** What Go's parser of media types complains of; undefined when the header is one. */
function faultOf(contentType: string): string | undefined {
  const cut = contentType.indexOf(';')
  const type = (cut < 0 ? contentType : contentType.slice(0, cut)).trim()
  if (type === '') return 'no media type'
  if (!TYPE.test(type)) return complaintAboutType(type)
  return faultOfParameters(cut < 0 ? '' : contentType.slice(cut))
}

function complaintAboutType(type: string): string {
  const first = new RegExp(`^${TOKEN}`).exec(type)?.[0] ?? ''
  if (first === '') return 'no media type'
  if (type[first.length] !== '/') return 'expected slash after first token'
  const second = new RegExp(`^${TOKEN}`).exec(type.slice(first.length + 1))?.[0] ?? ''
  return second === '' ? 'expected token after slash' : 'unexpected content after media subtype'
}

function faultOfParameters(parameters: string): string | undefined {
  const names = new Set<string>()
  let rest = parameters
  while (!/^\s*;?\s*$/.test(rest)) {
    const [whole, name = ''] = PARAMETER.exec(rest) ?? []
    if (whole === undefined) return 'invalid media parameter'
    if (names.has(name.toLowerCase())) return 'duplicate parameter name'
    names.add(name.toLowerCase())
    rest = rest.slice(whole.length)
  }
  return undefined
}
