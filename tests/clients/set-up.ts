import { dirname } from 'node:path'
import type { TestProject } from 'vitest/node'
import { BUILDX, COMPOSE, DOCKER, goProgram } from '../harness/go-program.ts'
import { DEVCONTAINER, npmProgram } from '../harness/npm-program.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the client's plugin. */
    buildx: string
    /** Folders with a plugin of the client's in each. */
    plugins: readonly string[]
    /** Path of the program that Node runs. */
    devcontainer: string
  }
}

/** Builds, or finds, all clients. One by one: each build uses all of the machine. */
export default async function ({ provide }: TestProject): Promise<void> {
  // By its place: see the configuration.
  await goProgram(DOCKER)
  const buildx = await goProgram(BUILDX)
  provide('buildx', buildx)
  provide('plugins', [dirname(buildx), dirname(await goProgram(COMPOSE))])
  provide('devcontainer', await npmProgram(DEVCONTAINER))
}
