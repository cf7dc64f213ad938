import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { writePersonsFile } from '../persons-file.ts'
import { readIfThere } from '../read-if-there.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

/** Where the docker command keeps a person's settings. @see docker CLI reference, "Configuration files" */
export function dockerFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.DOCKER_CONFIG || join(homedir(), '.docker')
}

/** Its `config.json`; an empty one where there is none. @throws Error when it is no JSON */
export function readDockerConfig(folder: string): Promise<JsonRecord> {
  return readJson(join(folder, 'config.json'))
}

/** Writes its `config.json`, for its owner alone unless it had other rights. @see writePersonsFile */
export async function writeDockerConfig(folder: string, config: JsonRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writePersonsFile(join(folder, 'config.json'), `${JSON.stringify(config, undefined, '\t')}\n`, 0o600)
}

/** @returns an empty object for a file that is not there, or is none. @throws Error when it is no JSON */
export async function readJson(path: string): Promise<JsonRecord> {
  const text = (await readIfThere(path)) ?? '{}'
  try {
    return recordOf(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${path} is no JSON`, { cause })
  }
}

export function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {}
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
