import { type IncomingMessage, ServerResponse } from 'node:http'
import { EngineError } from '../../errors.ts'
import type { Task, TaskWish } from './task.ts'
import type { Tasks } from './tasks.ts'

/** `pull busybox%3Alatest`: what kind of task a call is to be, and of what, percent-encoded. */
const HEADER = 'x-engineroom-task'

/** What task a client wants its call to be. @returns undefined for an ordinary call @throws EngineError `invalid` */
export function taskWish({ headers }: IncomingMessage): TaskWish | undefined {
  const said = headers[HEADER]
  if (said === undefined) return undefined
  const [, kind, name] = /^([a-z-]{1,32}) (\S{1,4096})$/.exec(String(said)) ?? []
  if (kind === undefined || name === undefined) throw new EngineError('invalid', `invalid ${HEADER}: a kind and a name are needed`)
  try {
    return { kind, name: decodeURIComponent(name) }
  } catch (cause) {
    throw new EngineError('invalid', `invalid ${HEADER}: the name is not percent-encoded`, { cause })
  }
}

/**
 * Answers a call as a task: the client hears `202 {"id":"…"}` as soon as its request is whole, may leave, and everybody hears of
 * the rest from the tasks. One without a body that is going on already is not begun again.
 * @param answer does the work, and answers the response that it is given; errors too
 */
export function runAsTask(
  tasks: Tasks,
  wish: TaskWish,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  answer: (inner: ServerResponse, signal: AbortSignal) => Promise<void>,
): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  const accept = (id: string) => {
    if (!response.headersSent) response.writeHead(202, { 'Content-Type': 'application/json' }).end(`{"id":"${id}"}\n`)
  }
  const same = hasBody ? undefined : tasks.active(wish)
  if (same) return accept(same.id)
  const abort = new AbortController()
  const task = tasks.begin(wish, () => {
    abort.abort()
    if (!request.complete) request.destroy()
  })
  const inner = responseInto(request, task, tasks)
  inner.once('close', () => {
    task.end(inner.statusCode, inner.writableFinished)
    tasks.ended(task, abort.signal.aborted)
    accept(task.id)
  })
  if (hasBody) request.once('end', () => accept(task.id))
  else accept(task.id)
  void answer(inner, abort.signal)
}

/** A response that is on no connection: the task hears what it says. */
function responseInto(request: IncomingMessage, task: Task, tasks: Tasks): ServerResponse {
  const response = new ServerResponse(request)
  let isWhole = false
  let isClosed = false
  const close = () => {
    if (isClosed) return
    isClosed = true
    response.emit('close')
  }
  const hear = (chunk: unknown) => {
    if (typeof chunk === 'string') task.hear(chunk)
    else if (chunk instanceof Uint8Array) task.hear(Buffer.from(chunk).toString())
    else return
    tasks.changed(task)
  }
  response.write = (chunk: unknown) => {
    hear(chunk)
    return true
  }
  response.end = (chunk?: unknown) => {
    if (isWhole) return response
    isWhole = true
    hear(chunk)
    queueMicrotask(() => {
      response.emit('finish')
      close()
    })
    return response
  }
  // Of one that broke off.
  response.destroy = () => {
    queueMicrotask(close)
    return response
  }
  Object.defineProperty(response, 'writableEnded', { get: () => isWhole })
  Object.defineProperty(response, 'writableFinished', { get: () => isWhole })
  return response
}
