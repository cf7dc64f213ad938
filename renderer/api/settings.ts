import { callEngine, command, fetchJson } from './engine-client.ts'
import { asRecords, isRecord, type JsonRecord, recordsAt, textAt, textsAt } from './json.ts'

export type Applies = 'at-once' | 'at-restart'

/** One key of daemon.json that may be changed here. */
export interface Setting {
  readonly key: string
  readonly title: string
  readonly help: string
  readonly kind: 'texts' | 'text' | 'choice' | 'count' | 'flag'
  readonly choices: readonly string[]
  readonly applies: Applies
  /** As the file has it, or as it is locked; undefined where nobody says anything. */
  readonly value: unknown
  /** The file in which an administrator has locked it; empty when nobody has. */
  readonly managedBy: string
  /** What an administrator says where the file says nothing; undefined when that is nothing. */
  readonly preset: unknown
  /** As the engine's command line has it, where it cannot be changed; empty when it has not. */
  readonly flag: string
  /** In the file, and not yet what the engine does. */
  readonly isWaiting: boolean
}

export interface Settings {
  readonly path: string
  /** Why nothing can be changed; empty when it can. */
  readonly lock: string
  readonly settings: readonly Setting[]
  readonly others: readonly string[]
  /** Something in the file counts from the next start, whichever key it is. */
  readonly isWaiting: boolean
}

export interface Change {
  readonly key: string
  readonly applies: Applies
}

/** `null` takes a key out of the file. */
export type Values = Readonly<Record<string, unknown>>

const PATH = '/engineroom/v1/configuration'
const KINDS: readonly Setting['kind'][] = ['texts', 'text', 'choice', 'count', 'flag']

export async function readSettings(signal: AbortSignal): Promise<Settings> {
  const reply = await fetchJson(PATH, { signal })
  const from = isRecord(reply) ? reply : {}
  return {
    path: textAt(from, 'path'),
    lock: textAt(from, 'lock'),
    settings: recordsAt(from, 'settings').map(parseSetting),
    others: textsAt(from, 'others'),
    isWaiting: from.isWaiting === true,
  }
}

function parseSetting(from: JsonRecord): Setting {
  return {
    key: textAt(from, 'key'),
    title: textAt(from, 'title'),
    help: textAt(from, 'help'),
    kind: KINDS.find((kind) => kind === textAt(from, 'kind')) ?? 'text',
    choices: textsAt(from, 'choices'),
    applies: appliesIn(from),
    value: from.value,
    managedBy: textAt(from, 'managedBy'),
    preset: from.preset,
    flag: textAt(from, 'flag'),
    isWaiting: from.isWaiting === true,
  }
}

function appliesIn(from: JsonRecord): Applies {
  return textAt(from, 'applies') === 'at-once' ? 'at-once' : 'at-restart'
}

/** What would change, without changing it. @throws CallError with what is wrong with it */
export async function planSettings(values: Values, signal: AbortSignal): Promise<Change[]> {
  return changesIn(await callEngine('POST', `${PATH}/plan`, { body: { values }, signal }))
}

/** @throws CallError; then nothing has changed */
export async function applySettings(values: Values): Promise<Change[]> {
  return changesIn(await callEngine('PUT', PATH, { body: { values }, isRepeatable: true }))
}

async function changesIn(response: Response): Promise<Change[]> {
  const reply: unknown = await response.json()
  return changesAt(asRecords(reply))
}

export function changesAt(records: readonly JsonRecord[]): Change[] {
  return records.map((from) => ({ key: textAt(from, 'key'), applies: appliesIn(from) }))
}

/** Containers run on; the window finds it again by itself. */
export async function restartEngine(): Promise<void> {
  await command('POST', '/engineroom/v1/restart')
}
