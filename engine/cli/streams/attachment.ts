import type { Duplex } from 'node:stream'
import { DetachKeys, parseDetachKeys } from '../../api/detach-keys.ts'
import type { Session } from '../session.ts'
import { copyOutput } from './copy-output.ts'
import { enterRawMode } from './raw-mode.ts'

export interface AttachmentOptions {
  /** Send our standard input. */
  readonly stdin: boolean
  /** Show what the container writes. */
  readonly output: boolean
  readonly isTty: boolean
  readonly detachKeys: string
}

export type AttachmentEnd = 'ended' | 'detached'

/**
 * Joins this terminal and a container's streams until the container's output ends, or until the person types the
 * detach keys. When our input ends, so does the container's; its output goes on.
 */
export async function streamAttachment(session: Session, connection: Duplex, options: AttachmentOptions): Promise<AttachmentEnd> {
  using _raw = options.stdin && options.isTty ? enterRawMode(session.input) : undefined
  const detached = options.stdin ? sendInput(session, connection, options) : undefined
  if (!options.stdin) connection.end()
  const output = options.output ? copyOutput(connection, session.output, session.errors, options.isTty) : untilClosed(connection)
  const end = await Promise.race([output.then((): AttachmentEnd => 'ended'), ...(detached ? [detached] : [])])
  session.input.pause()
  connection.destroy()
  return end
}

/** Settles only when the person detaches. */
function sendInput({ input }: Session, connection: Duplex, { isTty, detachKeys }: AttachmentOptions): Promise<AttachmentEnd> {
  const { promise, resolve } = Promise.withResolvers<AttachmentEnd>()
  const keys = isTty ? new DetachKeys(keysOrDefault(detachKeys)) : undefined
  // Errors of the connection show on its reading side, where they are thrown.
  connection.on('error', () => {})
  connection.on('drain', () => input.resume())
  input.on('data', (chunk: Buffer) => {
    if (connection.writableEnded || connection.destroyed) return
    const { data, isDetached } = keys?.filter(chunk) ?? { data: chunk, isDetached: false }
    if (data.length > 0 && !connection.write(data)) input.pause()
    if (isDetached) resolve('detached')
  })
  input.on('end', () => connection.end())
  return promise
}

/** Wrong keys in a settings file must not keep anybody from attaching. */
function keysOrDefault(text: string): number[] {
  try {
    return parseDetachKeys(text)
  } catch {
    return parseDetachKeys('')
  }
}

function untilClosed(connection: Duplex): Promise<void> {
  connection.resume()
  return new Promise((resolve, reject) => connection.once('close', resolve).once('end', resolve).once('error', reject))
}
