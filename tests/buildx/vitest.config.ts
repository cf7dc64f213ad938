import { defineConfig } from 'vitest/config'

/** Docker's buildx against our daemon, built from its source by Go: `npm run peers`. Not a part of `npm test`, which needs neither. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/buildx/**/*.test.ts'],
    globalSetup: ['tests/harness/build-first.ts', 'tests/buildx/set-up.ts'],
    maxWorkers: 1,
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
})
