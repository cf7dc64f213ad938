import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { jsonLines } from '../streams/json-lines.ts'
import type { MoveLine, MoveOutcome } from './follow-move.ts'
import { ProgressLine } from './progress-line.ts'

/** The daemon's program moves the data of an engine that does not run. @throws ExitError when it cannot; it has said why */
export async function moveStopped(session: Session, to: string, { dataRoot, configFile }: { dataRoot?: string; configFile?: string }): Promise<MoveOutcome> {
  const program = fileURLToPath(new URL('../engine/daemon.mjs', import.meta.url))
  const flags = [...(dataRoot === undefined ? [] : ['--data-root', dataRoot]), ...(configFile === undefined ? [] : ['--config-file', configFile])]
  const child = spawn(process.execPath, [program, '--move-data-to', to, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const line = new ProgressLine(session.errors)
  let outcome: MoveOutcome | null = null
  for await (const said of jsonLines<MoveLine>(child.stdout)) {
    if ('outcome' in said) outcome = said.outcome
    else line.show(said)
  }
  line.end()
  const [code] = await ended
  if (code !== 0 || !outcome) throw new ExitError(code ?? 1)
  return outcome
}
