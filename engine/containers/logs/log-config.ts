import { EngineError, messageOf } from '../../errors.ts'
import { binarySize } from '../../json/human-size.ts'

/** Which driver keeps a container's output, and how. @see Engine API 1.51 HostConfig.LogConfig */
export interface LogConfig {
  readonly Type: string
  readonly Config: Readonly<Record<string, string>>
}

const OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['json-file', ['max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag']],
  ['local', ['max-file', 'max-size', 'compress']],
])
/** As docker lists them: `none` is none of them. */
export const LOG_DRIVERS: readonly string[] = [...OPTIONS.keys()]

/** Of every driver. conmon takes the output off the container, whoever reads it later, so that neither mode makes it wait for us. */
const MODES = ['', 'blocking', 'non-blocking']

/** What the container asks for; the daemon's options are for the daemon's driver. */
export function mergeLogConfig(wanted: { Type?: string; Config?: Record<string, string> } | undefined, defaults: LogConfig): LogConfig {
  const type = wanted?.Type || defaults.Type
  return { Type: type, Config: { ...(type === defaults.Type && defaults.Config), ...wanted?.Config } }
}

/**
 * Refuses drivers and names of options that there are not, when the container is created. Values are looked at when it is
 * started, as dockerd does. @see logPolicyOf
 * @throws EngineError `invalid` with dockerd's words
 */
export function validateLogConfig({ Type, Config }: LogConfig): void {
  if (Type === 'none') return
  const { mode = '', 'max-buffer-size': bufferSize, ...options } = Config
  if (!MODES.includes(mode)) throw new EngineError('invalid', `logger: logging mode not supported: ${mode}`)
  if (bufferSize !== undefined) validateBufferSize(bufferSize, mode)
  const known = OPTIONS.get(Type)
  if (!known) throw new EngineError('invalid', `error looking up logging plugin ${Type}: plugin ${JSON.stringify(Type)} not found`)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const where = Type === 'json-file' ? 'json-file log driver' : `log driver ${Type}`
  throw new EngineError('invalid', `unknown log opt '${unknown}' for ${where}`)
}

function validateBufferSize(text: string, mode: string): void {
  if (mode !== 'non-blocking') throw new EngineError('invalid', "logger: max-buffer-size option is only supported with 'mode=non-blocking'")
  try {
    binarySize(text)
  } catch (error) {
    throw new EngineError('invalid', `error parsing option max-buffer-size: ${messageOf(error)}`)
  }
}
