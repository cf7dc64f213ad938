import type { RequestDetail } from '../api/requests.ts'
import { say } from './say.ts'

/** How the engine writes a secret that it keeps to itself. @see engine/secrets.ts */
const HIDDEN = '(hidden)'

/** Longer ones are cut. @see engine/api/requests/recorded-request.ts */
const MAX_TARGET_LENGTH = 4096

/** Headers that say what is asked; the others belong to the client, or to its connection. */
const SENT_ON = ['accept', 'content-type', 'x-registry-auth', 'x-registry-config']

/** Of the call's headers those that are sent again. */
export function headersToRepeat({ request }: RequestDetail): [name: string, value: string][] {
  return (request?.headers ?? []).filter(([name]) => SENT_ON.includes(name.toLowerCase())).map(([name, value]) => [name, value])
}

/** Why the call cannot be sent again as it was; empty when it can. */
export function whyNotAgain(detail: RequestDetail): string {
  const { request, phase, status, target } = detail
  if (!request) return say('What was asked was not recorded: nobody looked when this call began.')
  const isTakenOver = status === 101 || request.headers.some(([name]) => name.toLowerCase() === 'upgrade')
  if (isTakenOver) return say('It took the connection over: what passed on it is not kept.')
  if (phase !== 'done') return say('It still goes on.')
  const { body } = request
  if (body && body.text === undefined) return say('Its body is no text, and was not kept.')
  if (body?.isCut || target.length >= MAX_TARGET_LENGTH) return say('Only the beginning of what was asked was kept.')
  const sent = [target, body?.text ?? '', ...headersToRepeat(detail).map(([, value]) => value)]
  if (sent.some((text) => text.includes(HIDDEN))) return say('A secret in it is hidden, and not known here.')
  return ''
}

/** Whether sending it again may change something, so that one has to ask. */
export function changesSomething({ method }: Pick<RequestDetail, 'method'>): boolean {
  return method !== 'GET' && method !== 'HEAD'
}
