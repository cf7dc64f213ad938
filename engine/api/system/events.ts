import { EngineError } from '../../errors.ts'
import type { EngineEvent, EventBus } from '../../events/bus.ts'
import type { ApiCall } from '../call.ts'
import type { Filters } from '../query.ts'
import { parseTime } from '../times.ts'

const FILTER_KEYS = ['config', 'container', 'daemon', 'event', 'image', 'label', 'network', 'node', 'plugin', 'scope', 'secret', 'service', 'type', 'volume']

/** A client that is further behind is cut off. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024

/** @see Engine API 1.51 SystemEvents; engine-api notes 8 */
export function eventsHandler(events: EventBus, call: ApiCall): void {
  const filters = call.query.filters().allow(...FILTER_KEYS)
  const since = timeOf(call, 'since')
  const until = timeOf(call, 'until')
  if (since !== undefined && until !== undefined && since > until) {
    throw new EngineError('invalid', `\`since\` time (${call.query.text('since')}) cannot be after \`until\` time (${call.query.text('until')})`)
  }
  const hidesImageCreation = !call.version.atLeast('1.46')
  const response = call.stream('application/json')
  const send = (event: EngineEvent) => {
    if (hidesImageCreation && event.type === 'image' && event.action === 'create') return
    if (matches(event, filters)) response.write(eventLine(event))
    // A client that does not read cannot be served from history later: better it knows than that memory fills.
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy()
  }
  if (since !== undefined || until !== undefined) {
    for (const event of events.history(since ?? 0n)) if (until === undefined || event.timeNano <= until) send(event)
  }
  const remainingMs = until === undefined ? undefined : Number(until / 1_000_000n) - Date.now()
  if (remainingMs !== undefined && remainingMs <= 0) return void response.end()
  const unsubscribe = events.subscribe(send)
  const timer = remainingMs === undefined ? undefined : setTimeout(() => response.end(), Math.min(remainingMs, 2 ** 31 - 1))
  response.on('close', () => {
    unsubscribe()
    clearTimeout(timer)
  })
}

function timeOf(call: ApiCall, key: string): bigint | undefined {
  const text = call.query.text(key)
  return text === '' ? undefined : parseTime(text)
}

/** One line as Go's encoder writes it: `timeNano` has more digits than a JS number, and HTML characters are escaped. */
export function eventLine(event: EngineEvent): string {
  const { type, action, actor, timeNano } = event
  const legacy =
    type === 'container' ? { status: action, id: actor.id, from: actor.attributes.image ?? '' } : type === 'image' ? { status: action, id: actor.id } : {}
  const body = { ...legacy, Type: type, Action: action, Actor: { ID: actor.id, Attributes: actor.attributes }, scope: 'local' }
  const json = JSON.stringify(body).slice(0, -1)
  return `${escapeHtml(json)},"time":${timeNano / 1_000_000_000n},"timeNano":${timeNano}}\n`
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}

function matches(event: EngineEvent, filters: Filters): boolean {
  const { type, action, actor } = event
  const { attributes } = actor
  const byActor = (key: string) =>
    !filters.has(key) || (type === key && filters.get(key).some((wanted) => actor.id.startsWith(wanted) || attributes.name?.startsWith(wanted)))
  return (
    filters.matchesExactly('type', type) &&
    (!filters.has('event') || filters.get('event').some((wanted) => action === wanted || action.startsWith(`${wanted}:`))) &&
    byActor('container') &&
    byActor('network') &&
    byActor('volume') &&
    byActor('daemon') &&
    matchesImage(event, filters) &&
    filters.matchesLabels(attributes) &&
    filters.matchesExactly('scope', 'local') &&
    !filters.has('plugin')
  )
}

/** An image filter means the image's own events, and those of the containers that were made from it. */
function matchesImage({ type, actor }: EngineEvent, filters: Filters): boolean {
  if (!filters.has('image')) return true
  const name = type === 'container' ? actor.attributes.image : type === 'image' ? actor.attributes.name : undefined
  const withoutTag = (text: string | undefined) => text?.replace(/:[^:/]+$/, '')
  return filters.get('image').some((wanted) => name === wanted || withoutTag(name) === wanted || (type === 'image' && actor.id === wanted))
}
