import { hasCode } from '../errors.ts'
import { kernelText } from './kernel-text.ts'

/** The text of a cgroup's file; undefined when the cgroup, its controller or the file is not there (any more). */
export function cgroupText(path: string): string | undefined {
  try {
    return kernelText(path)
  } catch (error) {
    // ENODEV: the cgroup was removed while its file was open. EOPNOTSUPP: this kernel does not account it.
    if (hasCode(error, 'ENOENT', 'ENODEV', 'ENOTSUP', 'EOPNOTSUPP')) return undefined
    throw error
  }
}

/** A file that holds one number; `max` is `ifMax`, absence is 0. */
export function cgroupNumber(path: string, ifMax: number): number {
  const text = cgroupText(path)?.trim()
  return text === undefined ? 0 : text === 'max' ? ifMax : Number(text)
}

/** A file of `name number` lines. */
export function parseFlatKeyed(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' '))
      .map(([name = '', value]) => [name, Number(value)]),
  )
}
