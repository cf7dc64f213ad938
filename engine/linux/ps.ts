import { run, ToolError } from './run.ts'

/**
 * What ps(1) prints about these processes, or about all when its other arguments do not go together with a selection.
 * @param args as for the host's ps
 * @throws ToolError with ps's words
 */
export async function ps(args: readonly string[], pids: readonly number[]): Promise<string> {
  try {
    return await run('ps', [...args, `-q${pids.join(',')}`])
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode === null) throw error
    return run('ps', args) // Options such as `f` refuse -q.
  }
}
