import { EngineError, messageOf } from '../../errors.ts'
import { goBoolean, goInteger, notABoolean } from '../../json/go-values.ts'
import { decimalSize } from '../../json/human-size.ts'
import type { ContainerSpec } from '../container.ts'
import { type Attributes, logAttributesOf } from './log-attributes.ts'

/** How much of a container's output is kept, and what is said with each line. */
export interface LogPolicy {
  readonly driver: 'json-file' | 'local' | 'none'
  /** Undefined: the log is never rotated. */
  readonly rotation: RotationPolicy | undefined
  /** What `logs --details` shows. */
  readonly attributes: Attributes
}

export interface RotationPolicy {
  /** From this size on, a file is followed by the next. */
  readonly maxSizeBytes: number
  /** With the one that is being written. */
  readonly maxFiles: number
  readonly compresses: boolean
}

const LOCAL_DEFAULTS = { 'max-size': '20m', 'max-file': '5', compress: 'true' }

/**
 * The values of the log options, whose names were looked at when the container was created.
 * @throws EngineError `system`, or for `local` `invalid`, with dockerd's words
 */
export function logPolicyOf(spec: Pick<ContainerSpec, 'name' | 'id' | 'imageId' | 'path' | 'args' | 'config' | 'hostConfig'>): LogPolicy {
  const { Type = 'json-file', Config = {} } = spec.hostConfig.LogConfig ?? {}
  if (Type === 'none') return { driver: 'none', rotation: undefined, attributes: new Map() }
  if (Type === 'local') return { driver: 'local', rotation: localRotation(Config), attributes: new Map() }
  const rotation = asSystemError(() => jsonFileRotation(Config))
  return { driver: 'json-file', rotation, attributes: asSystemError(() => logAttributesOf(spec, Config)) }
}

function jsonFileRotation(options: Readonly<Record<string, string>>): RotationPolicy | undefined {
  const { 'max-size': maxSize, 'max-file': maxFile = '1', compress = 'false' } = options
  const maxSizeBytes = maxSize === undefined ? undefined : decimalSize(maxSize)
  if (maxSizeBytes === 0) throw new Error('max-size must be a positive number')
  const maxFiles = goInteger(maxFile, 'Atoi')
  if (maxFiles < 1) throw new Error('max-file cannot be less than 1')
  const compresses = booleanOf(compress)
  if (compresses && (maxFiles === 1 || maxSizeBytes === undefined)) {
    throw new Error('compress cannot be true when max-file is less than 2 or max-size is not set')
  }
  return maxSizeBytes === undefined ? undefined : { maxSizeBytes, maxFiles, compresses }
}

function localRotation(options: Readonly<Record<string, string>>): RotationPolicy | undefined {
  const { 'max-size': maxSize, 'max-file': maxFile, compress } = { ...LOCAL_DEFAULTS, ...options }
  const maxSizeBytes = explained(`invalid value for max-size: ${maxSize}`, () => decimalSize(maxSize))
  const maxFiles = explained(`invalid value for max-file: ${maxFile}`, () => goInteger(maxFile, 'Atoi'))
  const compresses = explained('error reading compress log option', () => booleanOf(compress))
  if (maxFiles < 0) throw new EngineError('invalid', 'max file count cannot be less than 0')
  if (compresses && maxFiles <= 1) throw new EngineError('invalid', 'compression cannot be enabled when max file count is 1')
  return { maxSizeBytes, maxFiles: Math.max(1, maxFiles), compresses }
}

function booleanOf(text: string): boolean {
  const value = goBoolean(text)
  if (value === undefined) throw new Error(notABoolean(text))
  return value
}

function explained<T>(prefix: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new EngineError('invalid', `${prefix}: ${messageOf(error)}`)
  }
}

function asSystemError<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new EngineError('system', messageOf(error), { cause: error })
  }
}
