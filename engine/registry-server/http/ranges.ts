import { RegistryError } from '../errors.ts'
import type { ByteRange } from '../storage/storage.ts'

/**
 * What of a blob a client asks for.
 * @returns undefined for all of it, also where the header is none we understand, or asks for several parts
 * @throws RegistryError `RANGE_INVALID` when none of it is there
 * @see RFC 9110, 14.2 "Range"
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, firstText = '', lastText = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (firstText === '' && lastText === '') return undefined
  const isSuffix = firstText === ''
  const first = isSuffix ? Math.max(0, sizeBytes - Number(lastText)) : Number(firstText)
  const last = isSuffix || lastText === '' ? sizeBytes - 1 : Math.min(Number(lastText), sizeBytes - 1)
  if (!isSuffix && lastText !== '' && Number(lastText) < first) return undefined
  if (first >= sizeBytes) throw new RegistryError('RANGE_INVALID', { headers: { 'Content-Range': `bytes */${sizeBytes}` } })
  return { first, last }
}

/**
 * Which bytes of an upload a request brings: `0-1023`; `bytes=` or `bytes ` before it is taken, too.
 * @returns undefined without the header
 * @throws RegistryError `RANGE_INVALID`
 * @see OCI distribution-spec v1.1, "Pushing a blob in chunks"
 */
export function parseContentRange(header: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined
  const [, first = '', last = ''] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim()) ?? []
  if (first === '' || Number(last) < Number(first)) throw new RegistryError('RANGE_INVALID', { detail: { range: header } })
  return { first: Number(first), last: Number(last) }
}

/** `Range` of an upload's answers; docker's clients want `0-0` where nothing has come yet. */
export function receivedRange(sizeBytes: number): string {
  return `0-${Math.max(0, sizeBytes - 1)}`
}
