import { defineConfig } from 'vitest/config'

/**
 * Unit tests stand beside what they test. Those below `tests/` drive real daemons, the real docker CLI, a real window
 * and a real browser: each file has its own, and two files run at a time, as the smallest machine has two cores. A virtual
 * machine may use both by itself.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{engine,electron,renderer,build,vm-assets}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
          // They take milliseconds; but what is written is flushed, and a disk that others use, too, has kept one waiting for more than ten seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'daemon',
          include: ['tests/{api,book,cli,console,data,fuzz,house,peers,registry,scale,start}/**/*.test.ts', 'tests/*.test.ts'],
          globalSetup: 'tests/harness/build-first.ts',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'heavy',
          include: ['tests/{build-corpus,chaos,chaos-images,compatibility,e2e}/**/*.test.ts'],
          globalSetup: 'tests/harness/build-first.ts',
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'vm',
          include: ['tests/vm/smoke.test.ts'],
          globalSetup: 'tests/harness/build-first.ts',
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
