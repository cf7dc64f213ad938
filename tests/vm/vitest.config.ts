import { defineConfig } from 'vitest/config'

/** Real virtual machines, without acceleration if need be: `npm run test:vm`. Of them, `npm test` runs `smoke.test.ts`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/vm/**/*.test.ts'],
    globalSetup: 'tests/harness/build-first.ts',
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
