import { CallError, callEngine, command, fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt } from './json.ts'

/** Rows and columns of a terminal. */
export interface TerminalSize {
  readonly rows: number
  readonly columns: number
}

/** A terminal that the engine holds, and the exec of its shell; of an engine that holds none, the exec alone. */
export interface HeldTerminal {
  readonly id: string
  readonly execId: string
  readonly isExec: boolean
}

export type ShareMode = 'view' | 'control'

/** A link into a terminal. */
export interface TerminalShare {
  readonly id: string
  readonly mode: ShareMode
  readonly expiresAtMs: number
}

export interface TerminalPerson {
  readonly id: string
  readonly number: number
  /** Empty when they gave none. */
  readonly name: string
  readonly role: 'owner' | ShareMode
}

/** What the engine tells everybody at a terminal when something changes. */
export interface TerminalNews {
  readonly self: string
  readonly size: TerminalSize
  readonly people: readonly TerminalPerson[]
  /** Empty for guests. */
  readonly shares: readonly TerminalShare[]
}

/** Starts a shell with a terminal in a running container; `debug`: one with the engine's own tools. One that nobody joins ends soon: to ask twice does no harm. @throws CallError */
export async function holdTerminal(containerId: string, size: TerminalSize, debug: boolean): Promise<HeldTerminal> {
  const response = await callEngine('POST', `/engineroom/v1/containers/${containerId}/terminals`, { body: { ...size, debug }, isRepeatable: true })
  return heldIn(await response.json())
}

/** The same of an engine that is another one. Its output begins when it is joined, and it ends when that is left. @see Engine API 1.51 ContainerExec */
export async function createExec(containerId: string, { rows, columns }: TerminalSize, command: readonly string[]): Promise<HeldTerminal> {
  const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true }
  const body = { ...streams, Cmd: command, Env: ['TERM=xterm-256color'], ConsoleSize: [rows, columns] }
  const reply: unknown = await (await callEngine('POST', `/containers/${containerId}/exec`, { body, isRepeatable: true })).json()
  const id = isRecord(reply) ? textAt(reply, 'Id') : ''
  return { id, execId: id, isExec: true }
}

/** One that was held before; undefined when it has ended. @throws CallError */
export async function heldTerminal(id: string): Promise<HeldTerminal | undefined> {
  try {
    return heldIn(await fetchJson(`/engineroom/v1/terminals/${id}`))
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return undefined
    throw error
  }
}

/** Of a window on the desktop, which says by what name it joined. */
export async function resizeTerminal({ id, isExec }: HeldTerminal, by: string, { rows, columns }: TerminalSize): Promise<void> {
  const path = isExec ? `/exec/${id}/resize` : `/engineroom/v1/terminals/${id}/resize/${by}`
  await command('POST', path, { query: { h: rows, w: columns }, isRepeatable: true })
}

/** Makes a link. @returns its address, which the engine tells this once */
export async function shareTerminal(id: string, mode: ShareMode, lifetimeS: number): Promise<string> {
  const response = await callEngine('POST', `/engineroom/v1/terminals/${id}/shares`, { body: { mode, lifetimeS } })
  const reply: unknown = await response.json()
  if (!isRecord(reply)) return ''
  return new URL(`/shared/${textAt(reply, 'id')}?token=${textAt(reply, 'token')}`, window.location.href).href
}

export async function revokeShare(id: string, shareId: string): Promise<void> {
  await command('DELETE', `/engineroom/v1/terminals/${id}/shares/${shareId}`)
}

/** How a command ended; undefined while it runs. @see Engine API 1.51 ExecInspect */
export async function exitCodeOfExec(execId: string): Promise<number | undefined> {
  const reply = await fetchJson(`/exec/${execId}/json`)
  return isRecord(reply) && typeof reply.ExitCode === 'number' ? reply.ExitCode : undefined
}

/** News as they come in a text message; undefined for anything else. */
export function newsIn(text: string): TerminalNews | undefined {
  const from: unknown = JSON.parse(text)
  if (!isRecord(from) || from.kind !== 'news') return undefined
  const size = recordAt(from, 'size')
  return {
    self: textAt(from, 'self'),
    size: { rows: numberAt(size, 'rows') ?? 0, columns: numberAt(size, 'columns') ?? 0 },
    people: recordsAt(from, 'people').map(personIn),
    shares: recordsAt(from, 'shares').map((one) => ({ id: textAt(one, 'id'), mode: modeIn(one), expiresAtMs: numberAt(one, 'expiresAtMs') ?? 0 })),
  }
}

function personIn(from: JsonRecord): TerminalPerson {
  const role = from.role === 'owner' ? 'owner' : from.role === 'control' ? 'control' : 'view'
  return { id: textAt(from, 'id'), number: numberAt(from, 'number') ?? 0, name: textAt(from, 'name'), role }
}

function modeIn(from: JsonRecord): ShareMode {
  return from.mode === 'control' ? 'control' : 'view'
}

function heldIn(reply: unknown): HeldTerminal {
  const [id, execId] = isRecord(reply) ? [textAt(reply, 'id'), textAt(reply, 'execId')] : ['', '']
  return { id, execId, isExec: false }
}
