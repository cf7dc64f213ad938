import { bundle } from '../../build/bundle.ts'
import { sweepAbandoned } from './abandoned.ts'

/** Vitest's global set-up: what killed runs have left goes, and the daemon that the tests start is the bundle of the sources as they stand. */
export default async function setUp(): Promise<void> {
  await sweepAbandoned()
  await bundle()
}
