import { EngineError, messageOf } from '../errors.ts'
import { binarySize } from '../json/human-size.ts'

export type DriverOptions = Readonly<Record<string, string>>

/** What each option of the local driver needs beside it. */
const NEEDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['type', ['device']],
  ['device', ['type']],
  ['o', ['device', 'type']],
  ['size', []],
])

/**
 * Checks what `--opt` says to the local driver. Whether it can be mounted is seen when it is, as in dockerd.
 * @throws EngineError `invalid`, or `system` for a size that is none, with dockerd's words
 */
export function checkDriverOptions(volume: string, options: DriverOptions): void {
  const refused = (why: string) => new EngineError('invalid', `create ${volume}: ${why}`)
  for (const name of Object.keys(options)) if (!NEEDS.has(name)) throw refused(`invalid option: ${JSON.stringify(name)}`)
  for (const [name, needed] of NEEDS) {
    const missing = name in options ? needed.find((other) => !(other in options)) : undefined
    if (missing !== undefined) throw refused(`missing required option: ${JSON.stringify(missing)}`)
  }
  if (options.size !== undefined && sizeOf(volume, options.size) > 0) throw refused('quota size requested but no quota support')
}

function sizeOf(volume: string, text: string): number {
  try {
    return binarySize(text)
  } catch (error) {
    throw new EngineError('system', `create ${volume}: ${messageOf(error)}`)
  }
}

/** Something that is mounted when its volume is used. */
export interface MountSource {
  readonly type: string
  readonly device: string
  /** As mount(8) takes them, separated by commas. */
  readonly options: string
}

/** Undefined for a volume that is a plain folder. */
export function mountSourceOf(options: DriverOptions | null): MountSource | undefined {
  if (!options?.type || !options.device) return undefined
  return { type: options.type, device: options.device, options: options.o ?? '' }
}
