import { defineConfig } from 'vitest/config'

/** Real virtual machines, without acceleration if need be: `npm run test:vm`. Not a part of `npm test`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/vm/**/*.test.ts'],
    globalSetup: 'tests/harness/build-first.ts',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
})
