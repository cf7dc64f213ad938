import type { ServerResponse } from 'node:http'
import { feedNews } from '../news-feed.ts'
import type { RecordedRequest } from './recorded-request.ts'
import type { RequestRecord } from './request-record.ts'

/**
 * Tells of every call: what is remembered, then each change, a summary in JSON a line, until the client leaves. One that reads
 * slowly gets fewer lines, and the last state of each call in any case.
 */
export function feed(record: RequestRecord, response: ServerResponse): void {
  const changed = new Set<RecordedRequest>(record.all())
  feedNews(
    response,
    (tell) =>
      record.watch((call) => {
        changed.add(call)
        tell()
      }),
    () => {
      const news = [...changed].map((call) => call.summary())
      changed.clear()
      return news
    },
  )
}
