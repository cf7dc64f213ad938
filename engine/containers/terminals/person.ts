import type { ShareMode, ShareView } from './share.ts'

/** `owner`: a window of the engine's own; the others came by a link. */
export type Role = 'owner' | ShareMode

/** Rows and columns, in characters. */
export interface TerminalSize {
  readonly rows: number
  readonly columns: number
}

/** Somebody at a terminal, as the others see them. */
export interface PersonView {
  readonly id: string
  /** Counts those who came, from 1: for a name where none was given. */
  readonly number: number
  readonly name: string
  readonly role: Role
}

/** What everybody at a terminal is told, anew with each change. */
export interface TerminalNews {
  /** Who is told, of `people`. */
  readonly self: string
  readonly size: TerminalSize
  readonly people: readonly PersonView[]
  /** The links into it; owners alone know of them. */
  readonly shares?: readonly ShareView[]
}

/** Why somebody's stay ended. `exit`: the shell has. */
export type EndReason = 'exit' | 'closed' | 'revoked' | 'expired'

/** The window of somebody at a terminal. No call may block or throw: there are others. */
export interface Viewer {
  /** @param data is theirs */
  output(data: Buffer): void
  news(news: TerminalNews): void
  /** Last. */
  ended(reason: EndReason): void
}

/** Who comes to a terminal. */
export interface Arrival {
  readonly viewer: Viewer
  readonly role: Role
  readonly name: string
  readonly size: TerminalSize
  /** The link that they came by. */
  readonly shareId?: string
}

const MAX_NAME_LENGTH = 32
const MAX_ROWS = 1000
const MAX_COLUMNS = 2000

/** What others may be shown as a name: no line breaks, nothing unseen, nothing that turns the direction of the text around it. */
export function cleanName(text: string): string {
  return [...text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()].slice(0, MAX_NAME_LENGTH).join('')
}

/** A size that a kernel and a page can do with, whatever was asked for. */
export function cleanSize({ rows, columns }: TerminalSize): TerminalSize {
  const within = (value: number, max: number) => Math.min(Math.max(Math.trunc(value) || 1, 1), max)
  return { rows: within(rows, MAX_ROWS), columns: within(columns, MAX_COLUMNS) }
}

/** As of tmux: the smallest of those who type, so that each of them sees all of it; who only looks on has no say. */
export function commonSize(people: Iterable<{ readonly role: Role; readonly size: TerminalSize }>): TerminalSize | undefined {
  const sizes = [...people].filter(({ role }) => role !== 'view').map(({ size }) => size)
  if (sizes.length === 0) return undefined
  return { rows: Math.min(...sizes.map(({ rows }) => rows)), columns: Math.min(...sizes.map(({ columns }) => columns)) }
}
