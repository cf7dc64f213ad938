import { EngineError } from '../../errors.ts'
import { refusalOf } from './body.ts'
import type { RepositoryClient } from './client.ts'
import type { Descriptor } from './manifest.ts'
import { Retries, type RetryOptions } from './retry.ts'

/** After so much the connection is good, and a later failure another bad moment. */
const GOOD_BYTES = 1024 * 1024

/**
 * The bytes of a blob, from its beginning to its end even if the connection breaks in between: what came is kept, and only
 * the rest is asked for. A registry that knows no ranges sends all once more, of which the beginning is passed over.
 * @throws EngineError of the registry's refusal; `system` for more or fewer bytes than its descriptor says
 * @see OCI distribution-spec v1.1, "Pulling blobs"; RFC 9110 section 14
 */
export async function* layerStream(client: RepositoryClient, layer: Descriptor, options: RetryOptions): AsyncGenerator<Buffer> {
  const retries = new Retries(options)
  let received = 0
  let goodFrom = GOOD_BYTES
  for (;;) {
    try {
      for await (const chunk of rest(client, layer, received)) {
        received += chunk.length
        if (layer.size !== undefined && received > layer.size) throw wrongSize(layer, `more than ${layer.size}`)
        if (received >= goodFrom) {
          retries.startAnew()
          goodFrom = received + GOOD_BYTES
        }
        yield chunk
      }
      if (layer.size !== undefined && received !== layer.size) throw wrongSize(layer, `${received}`)
      return
    } catch (error) {
      await retries.after(error)
    }
  }
}

async function* rest(client: RepositoryClient, { digest, size }: Descriptor, from: number): AsyncGenerator<Buffer> {
  if (from > 0 && from === size) return // It broke after the last byte.
  const response = await client.call('GET', `blobs/${digest}`, { headers: from > 0 ? { range: `bytes=${from}-` } : {} })
  if (response.status !== 200 && response.status !== 206) throw await refusalOf(response)
  let toSkip = response.status === 206 ? from - startOf(response.headers['content-range'], from) : from
  if (toSkip < 0) throw new EngineError('system', `the registry left out bytes of ${digest}`)
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    const fresh = chunk.subarray(toSkip)
    toSkip -= Math.min(toSkip, chunk.length)
    if (fresh.length > 0) yield fresh
  }
}

/** `bytes 100-199/200` starts at 100. */
function startOf(contentRange: string | string[] | undefined, asked: number): number {
  const start = /^bytes (\d+)-/.exec(String(contentRange ?? ''))?.[1]
  return start === undefined ? asked : Number(start)
}

function wrongSize({ digest, size }: Descriptor, actual: string): EngineError {
  return new EngineError('system', `filesystem layer verification failed for digest ${digest}: it should have ${size} bytes, the registry sent ${actual}`)
}
