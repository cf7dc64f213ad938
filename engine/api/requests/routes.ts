import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import { feed } from './request-feed.ts'
import type { RequestRecord } from './request-record.ts'

const PATH = '/engineroom/v1/requests'

/**
 * Our own, docker has none of it: every call of the API, as it comes. @see docs/inspector.md
 * @param engine where it listens, as `-H` has it: who would send a call again has to know
 */
export function requestRoutes(record: RequestRecord, engine: string): Route[] {
  return [
    { method: 'GET', path: PATH, handler: (call) => feed(record, call.stream('application/json')) },
    {
      method: 'GET',
      path: `${PATH}/details`,
      handler: (call) =>
        call.json(
          200,
          record.all().map((one) => one.detail()),
        ),
    },
    { method: 'GET', path: `${PATH}/{id}`, handler: (call) => call.json(200, { ...requested(record, call).detail(), engine }) },
  ]
}

function requested(record: RequestRecord, call: ApiCall) {
  const found = record.find(Number(call.param('id')))
  if (!found) throw new EngineError('not-found', `No such request: ${call.param('id')}; it is not remembered any more`)
  return found
}
