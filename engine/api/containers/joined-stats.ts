import type { Container } from '../../containers/container.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import type { StatsSample } from '../../containers/stats.ts'
import type { StatsFeed } from '../../containers/stats-feed.ts'
import { EngineError } from '../../errors.ts'
import type { Route } from '../router.ts'
import { statsView } from './stats-view.ts'

/** Each is sampled once a second. */
const MOST_CONTAINERS = 200

/**
 * Our own, docker has none of it: what several containers use, over one connection, of which a browser has few.
 * `container` (an id) may be repeated. A line of JSON for each sample, one a second of each container that runs, as
 * ContainerStats tells it. Goes on until the reader goes away: who is told that a container is gone does not ask for it again.
 */
export function joinedStatsRoute(parts: ContainerParts, feed: StatsFeed): Route {
  return {
    method: 'GET',
    path: '/engineroom/v1/stats',
    handler(call) {
      const containers = call.query.all('container').map((id) => parts.store.get(id))
      if (containers.length === 0 || containers.length > MOST_CONTAINERS) throw new EngineError('invalid', `name 1 to ${MOST_CONTAINERS} containers`)
      const response = call.stream('application/json')
      const forget = containers.flatMap((container) => {
        const unsubscribe = feed.subscribe(
          container,
          linesOf(parts, container, (line) => {
            // A reader that is late gets fewer samples, not old ones.
            if (!response.writableNeedDrain) response.write(line)
          }),
        )
        return [
          unsubscribe,
          container.onRemoval((error) => {
            if (!error) unsubscribe()
          }),
        ]
      })
      response.on('close', () => {
        for (const one of forget) one()
      })
    },
  }
}

function linesOf(parts: ContainerParts, container: Container, write: (line: string) => void): (sample: StatsSample | undefined) => void {
  let before: StatsSample | undefined
  return (sample) => {
    if (sample) write(`${JSON.stringify(statsView(container, sample, before, parts.facts.memoryBytes))}\n`)
    before = sample
  }
}
