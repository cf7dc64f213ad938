import type { TestProject } from 'vitest/node'
import { bundle } from '../../build/bundle.ts'
import { Ceph, type TestBucket } from './ceph.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Only in the project that has one. */
    s3: TestBucket | undefined
  }
}

/** Vitest's global set-up: our registry as the sources are, and one object store for all files. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const [ceph] = await Promise.all([Ceph.start(), bundle()])
  project.provide('s3', ceph.bucket)
  return () => ceph[Symbol.asyncDispose]()
}
