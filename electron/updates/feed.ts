import type { Fetch } from './fetch-file.ts'

/** Words, and no more than that. */
const MAX_BYTES = 256 * 1024
const PATIENCE_MS = 30_000

/** Beside the files of a release that have come: the words that were signed. */
export const NEWS_FILE = 'latest-linux.yml'

/**
 * The file of a feed with the news of the newest release, as electron-updater calls it.
 * @param address of the feed's folder, as somebody wrote it
 * @throws Error for what is no address of the kind
 */
export function feedFile(address: string, arch: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isHere = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost'
  if (!url || !(url.protocol === 'https:' || (isHere && url.protocol === 'http:'))) throw new Error('The address for updates has to begin with https://')
  const folder = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return new URL(`${folder}latest-linux${arch === 'x64' ? '' : `-${arch}`}.yml`, url).href
}

/** @throws Error with what the network or the server said */
export async function fetchNews(url: string, fetch: Fetch, signal: AbortSignal): Promise<string> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const response = await fetch(url, { signal: patience, credentials: 'omit', cache: 'no-store' })
  if (response.status !== 200) throw new Error(`${url}: the server answered ${response.status}`)
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  let text = ''
  for (let bytes = 0; reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    bytes += value.byteLength
    if (bytes > MAX_BYTES) {
      await reader.cancel()
      throw new Error(`${url}: more than ${MAX_BYTES} bytes are no news of a release`)
    }
    text += decoder.decode(value, { stream: true })
  }
  return text
}
