import type { Session } from '../session.ts'
import { type AttachmentEnd, streamAttachment } from '../streams/attachment.ts'
import { proxySignals } from '../streams/signal-proxy.ts'
import { followTerminalSize } from '../streams/terminal-size.ts'
import { beginWait } from './wait.ts'

export interface AttachedRun {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly isTty: boolean
  readonly isRemovedAtExit: boolean
  readonly proxiesSignals: boolean
  readonly detachKeys: string
}

/**
 * Starts a container that was created, with its streams joined to ours from the first byte on, and follows it to its end.
 * @returns its exit code; 0 when the person detached
 */
export async function runAttached(session: Session, id: string, run: AttachedRun): Promise<number> {
  const { client } = session
  const { stdin, stdout, stderr, isTty, detachKeys } = run
  const started = Promise.withResolvers<void>()
  using _signals = run.proxiesSignals ? proxySignals(client, id, started.promise) : undefined
  const connection = await client.hijack(`/containers/${id}/attach`, { query: { stream: true, stdin, stdout, stderr, detachKeys: detachKeys || undefined } })
  const attachment = streamAttachment(session, connection, { stdin, output: stdout || stderr, isTty, detachKeys })
  // Whoever waits for it below gets the failure, too.
  attachment.catch(() => {})
  const wait = await beginWait(session, id, run.isRemovedAtExit ? 'removed' : 'next-exit')
  try {
    await client.call('POST', `/containers/${id}/start`)
    started.resolve()
  } catch (error) {
    connection.destroy()
    await attachment.catch(() => {})
    // The daemon removes it, and only then is the name free again.
    if (run.isRemovedAtExit) await wait.exitCode
    throw error
  }
  using _size = isTty && session.output.isTTY ? followTerminalSize(session, `/containers/${id}/resize`) : undefined
  return (await endOf(attachment, wait.exitCode, stdout || stderr)) === 'detached' ? 0 : wait.exitCode
}

/** With no output to wait for, the container's exit is the end. */
async function endOf(attachment: Promise<AttachmentEnd>, exitCode: Promise<number>, hasOutput: boolean): Promise<AttachmentEnd> {
  return hasOutput ? attachment : Promise.race([attachment, exitCode.then((): AttachmentEnd => 'ended')])
}
