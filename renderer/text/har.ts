import type { Message, RequestDetail } from '../api/requests.ts'
import { clientWords } from './request-words.ts'

/** Calls as an HTTP archive, which the developer tools of browsers and many others read. @see HAR 1.2 */
export function harOf(calls: readonly RequestDetail[]): unknown {
  return { log: { version: '1.2', creator: { name: 'Engineroom', version: '1' }, entries: calls.map(entryOf) } }
}

function entryOf(call: RequestDetail) {
  const url = new URL(call.target, 'http://engine')
  const ms = call.durationMs ?? 0
  const { name, note } = clientWords(call)
  return {
    startedDateTime: new Date(call.startedAtMs).toISOString(),
    time: ms,
    request: {
      method: call.method,
      url: url.href,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(call.request),
      queryString: [...url.searchParams].map(([key, value]) => ({ name: key, value })),
      headersSize: -1,
      bodySize: call.request?.body?.bytes ?? 0,
      ...(call.request?.body?.text !== undefined && { postData: { mimeType: typeOf(call.request), text: call.request.body.text } }),
    },
    response: {
      status: call.status ?? 0,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(call.response),
      content: { size: call.response?.body?.bytes ?? 0, mimeType: typeOf(call.response), text: call.response?.body?.text ?? '' },
      redirectURL: '',
      headersSize: -1,
      bodySize: call.response?.body?.bytes ?? 0,
    },
    cache: {},
    timings: { send: 0, wait: ms, receive: 0 },
    // What the format has no place for.
    _client: [name, note].filter(Boolean).join(', '),
    _phase: call.phase,
    _sentBytes: call.sentBytes,
    _receivedBytes: call.receivedBytes,
  }
}

function headersOf(message: Message | undefined) {
  return (message?.headers ?? []).map(([name, value]) => ({ name, value }))
}

function typeOf(message: Message | undefined): string {
  return message?.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
}
