import { bundle } from '../../build/bundle.ts'

/** Vitest's global set-up: the daemon that the tests start is the bundle of the sources as they stand. */
export default bundle
