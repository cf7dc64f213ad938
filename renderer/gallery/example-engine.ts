import * as answers from './examples/engine-api.ts'

/** What the example engine says, by path and query. The first that fits answers. */
const ANSWERS: readonly (readonly [path: RegExp, answer: () => Response])[] = [
  [/\/containers\/json(\?|$)/, json(answers.SUMMARIES)],
  [/\/containers\/\w+\/json(\?|$)/, json(answers.CONTAINER)],
  [/\/containers\/\w+\/logs(\?|$)/, () => open(logLines(), 'application/vnd.docker.raw-stream')],
  [/\/containers\/\w+\/stats(\?|$)/, () => open('', 'application/json')],
  [/\/engineroom\/v1\/stats\?/, () => open(answers.USAGES.map((one) => `${JSON.stringify(one)}\n`).join(''), 'application/json')],
  [/\/containers\/\w+\/top(\?|$)/, json(answers.PROCESSES)],
  [/\/containers\/\w+\/changes(\?|$)/, json(answers.CHANGES)],
  [/\/terminals(\?|$)/, json({ id: 'example', execId: 'e'.repeat(64) })],
  [/\/terminals\/\w+\/resize/, json({})],
  [/\/events(\?|$)/, () => new Response(answers.EVENTS.map((one) => JSON.stringify(one)).join('\n'))],
  [/\/images\/search(\?|$)/, json(answers.FOUND)],
  [/\/images\/[^/]+\/history(\?|$)/, json(answers.HISTORY)],
  [/\/images\/[^/]+\/json(\?|$)/, json(answers.IMAGE)],
  [/\/networks\/[^/]+(\?|$)/, json(answers.NETWORK)],
  [/\/configuration\/file(\?|$)/, json(answers.CONFIGURATION_FILE)],
  [/\/tls-access(\?|$)/, json({ isOn: true, port: 2376, hosts: ['build.example', 'localhost'], lock: '' })],
  [/\/tasks(\?|$)/, () => open('{"tasks":[]}\n', 'application/json')],
  [/\/volumes\/[\w-]+(\?|$)/, json(answers.VOLUME)],
  [/\/steps\/\d+\/files\?/, json(answers.LAYER)],
  [/\/files\?path=%2Fsrv%2Findex.html$/, json(answers.FILE)],
  [/\/files\?/, json(answers.FOLDER)],
  [/\/file(\?|$)/, () => new Response(answers.FILE_TEXT)],
  [/\/requests\/\d+(\?|$)/, json(answers.REQUEST)],
  [/\/ports\/\d+\/\w+(\?|$)/, json({ holders: [{ address: '0.0.0.0', pid: 4242, program: 'example', command: '/usr/bin/example --serve' }] })],
]

/** In place of an engine: an example for a question, docker's refusal for whatever would change something. */
export function answerAsEngine({ pathname, search }: URL, method: string): Response {
  const found = ANSWERS.find(([path]) => path.test(pathname + search))
  if (found && (method === 'GET' || pathname.includes('/terminals'))) return found[1]()
  return Response.json({ message: 'This is a gallery: there is no engine behind it.' }, { status: 501 })
}

function json(value: unknown): () => Response {
  return () => Response.json(value)
}

/** An answer that goes on, and says nothing more. */
function open(text: string, contentType: string): Response {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) })
  return new Response(body, { headers: { 'content-type': contentType } })
}

function logLines(): string {
  const lines = [
    'example: listening on :80',
    '\u001b[33mexample: a warning, in yellow\u001b[m',
    '172.20.0.1 "GET / HTTP/1.1" 200 812',
    '172.20.0.1 "GET /none HTTP/1.1" \u001b[31m404\u001b[m 153',
  ]
  return lines.map((line, at) => `${new Date(Date.now() - (lines.length - at) * 1000).toISOString()} ${line}\n`).join('')
}
