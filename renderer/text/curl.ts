import type { RequestDetail } from '../api/requests.ts'
import { shellWord } from './shell-word.ts'

/** What belongs to one connection, or curl sets by itself. */
const LEFT_OUT = ['host', 'connection', 'content-length', 'transfer-encoding', 'user-agent', 'accept-encoding', 'x-engineroom-window', 'upgrade', 'expect']

/**
 * The call as a line for a shell. What was hidden or cut is not in it and has to be filled in.
 * @param socketPath at which this computer reaches the engine, when that is known; otherwise the engine's own word counts
 */
export function curlOf({ method, target, request, engine }: RequestDetail, socketPath = ''): string {
  const headers = (request?.headers ?? []).filter(([name]) => !LEFT_OUT.includes(name.toLowerCase()))
  const text = request?.body?.text
  const path = socketPath || (/^unix:\/\/(.*)/.exec(engine)?.[1] ?? '')
  const parts = [
    'curl',
    ...(method === 'HEAD' ? ['--head'] : method === 'GET' && text === undefined ? [] : ['-X', method]),
    ...(path === '' ? [] : ['--unix-socket', shellWord(path)]),
    ...headers.flatMap(([name, value]) => ['-H', shellWord(`${name}: ${value}`)]),
    ...(text === undefined ? [] : ['--data-binary', shellWord(text)]),
    shellWord(`${path === '' ? engine.replace(/^tcp:/, 'http:') : 'http://localhost'}${target}`),
  ]
  return parts.join(' ')
}
