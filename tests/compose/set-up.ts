import { dirname } from 'node:path'
import type { TestProject } from 'vitest/node'
import { BUILDX, COMPOSE, goProgram } from '../harness/go-program.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folders with a plugin of the client's in each. */
    plugins: readonly string[]
  }
}

export default async function ({ provide }: TestProject): Promise<void> {
  provide('plugins', [dirname(await goProgram(BUILDX)), dirname(await goProgram(COMPOSE))])
}
