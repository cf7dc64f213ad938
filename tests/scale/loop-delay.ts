import { renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

/*
 * Loaded into a daemon under measurement (`node --import`), which knows nothing of it: on SIGUSR2 it writes how long the
 * event loop was held up since the last time, as JSON in milliseconds, into the file that LOOP_DELAY_FILE names.
 */
const RESOLUTION_MS = 5
const path = process.env.LOOP_DELAY_FILE

if (isMainThread && path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // What is recorded is from timer to timer: the timer's own interval is no delay.
  const held = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
  process.on('SIGUSR2', () => {
    writeFileSync(`${path}.new`, JSON.stringify({ median: held(delay.percentile(50)), p99: held(delay.percentile(99)), max: held(delay.max) }))
    renameSync(`${path}.new`, path)
    delay.reset()
  })
}
