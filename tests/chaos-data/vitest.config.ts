import { defineConfig } from 'vitest/config'

/** A hundred moves of the data directory, each cut off at a moment of chance: `npm run test:moves`. Not a part of `npm test`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/chaos-data/**/*.test.ts'],
    globalSetup: 'tests/harness/build-first.ts',
    testTimeout: 3_600_000,
  },
})
