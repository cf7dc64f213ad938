import type { Container } from '../../containers/container.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { isLive } from '../../containers/state.ts'
import { type StatsSample, sampleContainer } from '../../containers/stats.ts'
import type { StatsFeed } from '../../containers/stats-feed.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import { statsView } from './stats-view.ts'

/** @see Engine API 1.51 ContainerStats; engine-api notes 3.5 */
export async function statsHandler(parts: ContainerParts, feed: StatsFeed, call: ApiCall): Promise<void> {
  const container = parts.store.get(call.param('id'))
  const isStream = call.query.flag('stream', true)
  const isOneShot = call.version.atLeast('1.41') && call.query.flag('one-shot')
  if (isStream && isOneShot) throw new EngineError('invalid', 'cannot have stream=true and one-shot=true')
  const view = (sample: StatsSample | undefined, before: StatsSample | undefined) => statsView(container, sample, before, parts.facts.memoryBytes)
  if (isStream) return streamStats(feed, container, call, view)
  if (!isLive(container.state)) return call.json(200, view(undefined, undefined))
  if (isOneShot) return call.json(200, view(await sampleContainer(parts, container), undefined))
  const pair = await twoSamples(feed, container, call.signal)
  if (pair) call.json(200, view(pair.sample, pair.before))
}

type View = (sample: StatsSample | undefined, before: StatsSample | undefined) => unknown

/** Ends when the client goes away or the container is removed. The first line has nothing to compare with. */
function streamStats(feed: StatsFeed, container: Container, call: ApiCall, view: View): void {
  const response = call.stream('application/json')
  let before: StatsSample | undefined
  const unsubscribe = feed.subscribe(container, (sample) => {
    if (response.writableNeedDrain) return // A reader that is late gets fewer samples, not old ones.
    response.write(`${JSON.stringify(view(sample, before))}\n`)
    before = sample
  })
  const forgetRemoval = container.onRemoval((error) => {
    if (!error) response.end()
  })
  response.on('close', () => {
    unsubscribe()
    forgetRemoval()
  })
}

/** A sample and the one before it, a second apart; undefined when the client went away. */
function twoSamples(
  feed: StatsFeed,
  container: Container,
  signal: AbortSignal,
): Promise<{ sample: StatsSample | undefined; before: StatsSample | undefined } | undefined> {
  const { promise, resolve } = Promise.withResolvers<{ sample: StatsSample | undefined; before: StatsSample | undefined } | undefined>()
  let first: { sample: StatsSample | undefined } | undefined
  const unsubscribe = feed.subscribe(container, (sample) => {
    if (first) resolve({ sample, before: first.sample })
    else first = { sample }
  })
  signal.addEventListener('abort', () => resolve(undefined), { once: true })
  return promise.finally(unsubscribe)
}
