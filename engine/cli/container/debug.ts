import { randomUUID } from 'node:crypto'
import { inPath } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { streamAttachment } from '../streams/attachment.ts'
import { checkTerminal } from '../streams/raw-mode.ts'
import { consoleSize, followTerminalSize } from '../streams/terminal-size.ts'

const SMALLEST: readonly [number, number] = [24, 80]

/** `engineroom debug`: docker has it in Docker Desktop alone. */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'debug',
    usage: 'CONTAINER',
    summary: 'Open a shell with tools of our own in a running container, whose image needs none',
    atLeast: 1,
    atMost: 1,
  }).perform<object>(([name = '']) => debug(session, name))
}

/** @throws ExitError with the shell's exit code */
async function debug(session: Session, name: string): Promise<void> {
  const { client, input, output } = session
  await client.call('GET', `/containers/${inPath(name)}/json`)
  checkTerminal(input, true, true)
  const [height, width] = consoleSize(output)
  const [rows, columns] = height > 0 && width > 0 ? [height, width] : SMALLEST
  const held = await client.json<{ id: string; execId: string }>('POST', `/engineroom/v1/containers/${inPath(name)}/terminals`, {
    body: { debug: true, rows, columns },
  })
  const path = `/engineroom/v1/terminals/${held.id}`
  const by = randomUUID()
  const connection = await client.hijack(`${path}/attach`, { query: { by, h: rows, w: columns } })
  using _size = followTerminalSize(session, `${path}/resize/${by}`)
  const end = await streamAttachment(session, connection, { stdin: true, output: true, isTty: true, detachKeys: session.config.detachKeys })
  // Nobody comes back to it.
  if (end === 'detached') return client.call('DELETE', path)
  const { ExitCode } = await client.json<{ ExitCode: number | null }>('GET', `/exec/${held.execId}/json`)
  if (ExitCode !== null && ExitCode !== 0) throw new ExitError(ExitCode)
}
