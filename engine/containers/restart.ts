import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { startContainer } from './start.ts'
import { isRunning } from './state.ts'
import { type StopOptions, stopContainer } from './stop.ts'

/** Stops if it runs, then starts. @see Engine API 1.51 ContainerRestart */
export async function restartContainer(parts: ContainerParts, container: Container, options: StopOptions = {}): Promise<void> {
  if (isRunning(container.state)) {
    // The container comes back: it must not be removed between its two runs.
    const { hostConfig } = container.spec
    const { AutoRemove } = hostConfig
    hostConfig.AutoRemove = false
    try {
      await stopContainer(parts, container, options)
    } finally {
      hostConfig.AutoRemove = AutoRemove
    }
  }
  await startContainer(parts, container)
  publishContainer(parts.events, container, 'restart')
}
