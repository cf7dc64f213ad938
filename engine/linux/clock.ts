import { run } from './run.ts'

/** Sets the clock of this machine, at once. @param now milliseconds since 1970. @throws ToolError without CAP_SYS_TIME. @see date(1) */
export async function setClock(now: number): Promise<void> {
  await run('date', ['--utc', '--set', `@${(now / 1000).toFixed(3)}`])
}
