import { run, ToolError } from './run.ts'

/** What a runtime says of itself. */
export interface RuntimeFeatures {
  /** As `--version` says, without its name. */
  readonly version: string | undefined
  /** The options of mounts that it says it knows. */
  readonly mountOptions: readonly string[]
}

/** @returns nothing known of one that does not answer. @see OCI runtime-spec features.md */
export async function askRuntime(path: string): Promise<RuntimeFeatures> {
  const [version, features] = await Promise.all([said(path, '--version'), said(path, 'features')])
  return { version: version?.split('\n', 1)[0]?.replace(/^.*version\s+/, ''), mountOptions: features === undefined ? [] : mountOptionsIn(features) }
}

async function said(path: string, word: string): Promise<string | undefined> {
  try {
    return await run(path, [word])
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

/** None of a runtime that has another command of that name. */
function mountOptionsIn(text: string): string[] {
  try {
    const { mountOptions } = JSON.parse(text) as { mountOptions?: unknown }
    return Array.isArray(mountOptions) ? mountOptions.map(String) : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
