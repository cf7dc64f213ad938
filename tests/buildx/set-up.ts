import type { TestProject } from 'vitest/node'
import { BUILDX, goProgram } from '../harness/go-program.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the client's plugin. */
    buildx: string
  }
}

export default async function ({ provide }: TestProject): Promise<void> {
  provide('buildx', await goProgram(BUILDX))
}
