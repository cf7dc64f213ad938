import { EngineError } from '../../errors.ts'
import type { RegistryResponse } from './client.ts'
import { registryError } from './errors.ts'

/** What a registry says besides layers is small; it is held in memory. @see docs/decisions/0014-hostile-input.md */
export const MOST_BYTES = {
  /** As large as the distribution specification lets a registry take. */
  manifest: 4 * 1024 * 1024,
  config: 8 * 1024 * 1024,
  /** One page of tags. */
  tags: 4 * 1024 * 1024,
  search: 4 * 1024 * 1024,
  token: 1024 * 1024,
  complaint: 64 * 1024,
} as const

/** A body of which the connection breaks when it is destroyed. */
type Body = AsyncIterable<Buffer> & { destroy(): void }

/**
 * A body as text.
 * @throws EngineError `system` as soon as it is longer than `mostBytes`; the rest is not read
 */
export async function readText(body: Body, what: keyof typeof MOST_BYTES): Promise<string> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of body) {
    total += chunk.length
    if (total > MOST_BYTES[what]) {
      body.destroy()
      throw new EngineError('system', `the registry sent more than ${MOST_BYTES[what]} bytes of ${what}`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** What a registry refused. The start of a long complaint says enough. @see registryError */
export async function refusalOf({ status, headers, body }: RegistryResponse): Promise<EngineError> {
  const text = await readText(body, 'complaint').catch(() => '') // The status alone has to do.
  return registryError(status, text, headers['retry-after'])
}
