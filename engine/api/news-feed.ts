import type { ServerResponse } from 'node:http'

/** News within this time go out together. */
const GATHER_MS = 50

/**
 * Tells a client news, an object in JSON a line, from now until it leaves. One that reads slowly is told less often, and then all that
 * there is by that time.
 * @param watch has the function that it is given called when there is something new; @returns what ends that
 * @param take what is new since it was called last
 */
export function feedNews(response: ServerResponse, watch: (tell: () => void) => () => void, take: () => readonly object[]): void {
  let timer: NodeJS.Timeout | undefined
  let isFull = false

  function send(): void {
    timer = undefined
    const news = take()
    if (news.length > 0) isFull = !response.write(news.map((one) => `${JSON.stringify(one)}\n`).join(''))
  }

  const leave = watch(() => {
    if (!isFull) timer ??= setTimeout(send, GATHER_MS)
  })
  response.on('drain', () => {
    isFull = false
    send()
  })
  response.on('close', () => {
    leave()
    clearTimeout(timer)
  })
  send()
}
