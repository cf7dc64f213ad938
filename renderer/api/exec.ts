import { callEngine, command, fetchJson } from './engine-client.ts'
import { isRecord, textAt } from './json.ts'

/** Rows and columns of a terminal. */
export interface TerminalSize {
  readonly rows: number
  readonly columns: number
}

/** Prepares a command with a terminal; not yet started. @returns its id. @see Engine API 1.51 ContainerExec */
export async function createExec(containerId: string, command: readonly string[], size: TerminalSize): Promise<string> {
  const response = await callEngine('POST', `/containers/${containerId}/exec`, {
    isRepeatable: true,
    body: {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Cmd: command,
      Env: ['TERM=xterm-256color'],
      ConsoleSize: [size.rows, size.columns],
    },
  })
  const reply: unknown = await response.json()
  return isRecord(reply) ? textAt(reply, 'Id') : ''
}

/** Only while it runs. @see Engine API 1.51 ExecResize */
export async function resizeExec(execId: string, size: TerminalSize): Promise<void> {
  await command('POST', `/exec/${execId}/resize`, { query: { h: size.rows, w: size.columns }, isRepeatable: true })
}

/** How a command ended; undefined while it runs. @see Engine API 1.51 ExecInspect */
export async function exitCodeOfExec(execId: string): Promise<number | undefined> {
  const reply = await fetchJson(`/exec/${execId}/json`)
  return isRecord(reply) && typeof reply.ExitCode === 'number' ? reply.ExitCode : undefined
}
