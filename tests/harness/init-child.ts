import type { TestDaemon } from './daemon.ts'
import { until } from './until.ts'

/**
 * Waits until the init of a container (`--init`) has started `sleep 1000`. Before that, the kernel would drop a signal: the first
 * process has no handler yet. @see kill(2), Notes
 */
export async function initHasChild(daemon: TestDaemon, id: string): Promise<void> {
  await until('the init to have its child', async () => /:\d\d +sleep 1000$/m.test(await daemon.ok('top', id)))
}
