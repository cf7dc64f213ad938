import { defineConfig } from 'vitest/config'

/** What takes minutes, and the internet: `npm run test:long`. Not a part of `npm test`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/long/**/*.test.ts'],
    globalSetup: 'tests/harness/build-first.ts',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 1_200_000,
  },
})
