import { EngineError } from '../errors.ts'

/** A named piece of storage that outlives containers. */
export interface Volume {
  readonly name: string
  readonly createdAt: string
  readonly labels: Readonly<Record<string, string>> | null
  readonly options: Readonly<Record<string, string>> | null
}

/** Docker's mark of a volume that nobody named. */
export const ANONYMOUS_LABEL = 'com.docker.volume.anonymous'

export function isAnonymous(volume: Volume): boolean {
  return volume.labels?.[ANONYMOUS_LABEL] !== undefined
}

/** @throws EngineError `invalid` with docker's words */
export function checkVolumeName(name: string): void {
  if (name.length === 1) throw new EngineError('invalid', 'volume name is too short, names should be at least two alphanumeric characters')
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new EngineError(
      'invalid',
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    )
  }
}
