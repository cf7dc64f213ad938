import { run, ToolError } from './run.ts'

/** The options of mounts that a runtime says it knows; none when it has no such command. @see OCI runtime-spec features.md */
export async function knownMountOptions(runtimePath: string): Promise<readonly string[]> {
  try {
    const { mountOptions } = JSON.parse(await run(runtimePath, ['features'])) as { mountOptions?: unknown }
    return Array.isArray(mountOptions) ? mountOptions.map(String) : []
  } catch (error) {
    if (error instanceof ToolError || error instanceof SyntaxError) return []
    throw error
  }
}
