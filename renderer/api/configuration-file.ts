import { callEngine, fetchJson } from './engine-client.ts'
import { isRecord, numberAt, recordAt, recordsAt, textAt, textsAt } from './json.ts'
import { type Change, changesAt } from './settings.ts'

/** daemon.json as it stands. */
export interface ConfigurationFile {
  readonly path: string
  readonly text: string
  /** Why it cannot be changed; empty when it can. */
  readonly lock: string
  /** Where the file before is kept when another is saved. */
  readonly backupPath: string
  /** The file in which an administrator says some keys; empty where nobody does. */
  readonly managedBy: string
  readonly managedKeys: readonly string[]
}

/** What a new file would do; with faults it is not saved. */
export interface FilePlan {
  readonly faults: readonly { readonly message: string; readonly key: string; readonly line: number | undefined }[]
  readonly changes: readonly Change[]
  readonly warnings: readonly string[]
}

const PATH = '/engineroom/v1/configuration/file'

export async function readConfigurationFile(signal: AbortSignal): Promise<ConfigurationFile> {
  const reply = await fetchJson(PATH, { signal })
  const from = isRecord(reply) ? reply : {}
  const managed = recordAt(from, 'managed')
  return {
    path: textAt(from, 'path'),
    text: textAt(from, 'text'),
    lock: textAt(from, 'lock'),
    backupPath: textAt(from, 'backupPath'),
    managedBy: textAt(managed, 'by'),
    managedKeys: textsAt(managed, 'keys'),
  }
}

/** What is wrong with it, or what it would change; nothing is changed. */
export async function planConfigurationFile(text: string, signal: AbortSignal): Promise<FilePlan> {
  return planIn(await callEngine('POST', `${PATH}/plan`, { body: { text }, signal }))
}

/** @param was what the file said as it was read @returns what was done, or faults and nothing was @throws CallError also where somebody else has changed it since */
export async function saveConfigurationFile(text: string, was: string): Promise<FilePlan> {
  return planIn(await callEngine('PUT', PATH, { body: { text, was } }))
}

async function planIn(response: Response): Promise<FilePlan> {
  const reply: unknown = await response.json()
  const from = isRecord(reply) ? reply : {}
  const faults = recordsAt(from, 'faults').map((one) => ({ message: textAt(one, 'message'), key: textAt(one, 'key'), line: numberAt(one, 'line') }))
  return { faults, changes: changesAt(recordsAt(from, 'changes')), warnings: textsAt(from, 'warnings') }
}
