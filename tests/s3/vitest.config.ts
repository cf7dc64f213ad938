import { defineConfig } from 'vitest/config'

/** Our registry on a real object store, Ceph's, which it starts: `npm run test:s3`. Not a part of `npm test`. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/s3/**/*.test.ts', 'tests/registry/{beyond,content,pull,push}.test.ts'],
    globalSetup: 'tests/s3/set-up.ts',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
