import type { EventBus } from '../events/bus.ts'
import type { Container } from './container.ts'

/** Announces what happened to a container, with the attributes that docker adds to each of its events. */
export function publishContainer(events: EventBus, container: Container, action: string, extra: Readonly<Record<string, string>> = {}): void {
  const { config, name } = container.spec
  events.publish('container', action, container.id, { ...config.Labels, image: config.Image ?? '', name, ...extra })
}
