import { defineConfig } from 'vitest/config'

/** Compose v2 against our daemon, built from its source by Go: a part of `npm run peers`. Not a part of `npm test`, which needs neither. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/compose/**/*.test.ts'],
    globalSetup: ['tests/harness/build-first.ts', 'tests/compose/set-up.ts'],
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
