import { dirname } from 'node:path'
import { defineConfig } from 'vitest/config'
import { DOCKER, placeOf } from '../harness/go-program.ts'

/**
 * Today's clients against our daemon: Docker's CLI, buildx and compose v2, which Go builds of their source, and the dev containers CLI: `npm run peers`.
 * Not a part of `npm test`, which needs none of them.
 */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['tests/{buildx,clients,compose,devcontainers}/**/*.test.ts'],
    globalSetup: ['tests/harness/build-first.ts', 'tests/clients/set-up.ts'],
    // Whatever docker the machine has stands behind it.
    env: { PATH: `${dirname(placeOf(DOCKER))}:${process.env.PATH}` },
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
