import { CliCommand } from '../command/command.ts'
import { isShell, SCRIPTS } from '../completion/scripts.ts'
import type { Session } from '../session.ts'

/** `engineroom completion` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'completion',
    usage: 'bash|zsh|fish',
    summary: 'Print what a shell needs to complete commands, flags and names\n\nFor one session of bash: source <(engineroom completion bash)',
    atLeast: 1,
    atMost: 1,
  }).perform(async ([shell = '']) => {
    if (!isShell(shell)) throw new Error(`no completion for ${JSON.stringify(shell)}: there is one for ${Object.keys(SCRIPTS).join(', ')}`)
    session.output.write(SCRIPTS[shell])
  })
}
