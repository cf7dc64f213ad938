import { EngineError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { ApiCall } from '../call.ts'
import { feedNews } from '../news-feed.ts'
import type { Route } from '../router.ts'

/**
 * `GET /engineroom/v1/log`: the daemon's own log, an object in JSON a line (`{"id":7,"time":"…","level":"warn","message":"…","fields":{}}`),
 * oldest first. `tail=N`: the last N of those that it remembers, which are all without it; `follow=true`: goes on with those to come until
 * the client leaves. Ids begin anew when the daemon does, and a gap in them is what a client that reads slowly has missed.
 */
export function logRoutes({ memory }: Log): Route[] {
  return [{ method: 'GET', path: '/engineroom/v1/log', handler: (call) => answer(memory, call) }]
}

function answer(memory: Log['memory'], call: ApiCall): void {
  const tail = call.query.integer('tail')
  if (tail !== undefined && tail < 0) throw new EngineError('invalid', `invalid tail: ${tail} is less than none`)
  const first = memory.last(tail)
  if (!call.query.flag('follow')) {
    call.stream('application/json').end(first.map((record) => `${JSON.stringify(record)}\n`).join(''))
    return
  }
  let news = first
  let told = memory.lastId
  feedNews(
    call.stream('application/json'),
    (tell) => memory.watch(tell),
    () => {
      const taken = [...news, ...memory.after(told)]
      news = []
      told = memory.lastId
      return taken
    },
  )
}
