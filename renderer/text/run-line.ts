import { say } from './say.ts'
import { shellWord } from './shell-word.ts'

/** What `docker run` is told, each flag in the spelling of the command; a flag that is absent is not given. */
export interface RunSpec {
  readonly image: string
  /** Flags that take nothing: `-d`, `--rm`. */
  readonly switches: readonly string[]
  /** Flags with their value, in the order in which they are written. */
  readonly options: readonly (readonly [flag: string, value: string])[]
  /** What stands behind the image. */
  readonly command: readonly string[]
}

/** As a line for a shell. @param mayShow whether a variable's value is written out; else a mark stands for it */
export function runLine({ image, switches, options, command }: RunSpec, mayShow: (variable: string) => boolean = () => true): string {
  const told = options.map(
    ([flag, value]) => `${flag} ${shellWord(flag === '-e' && !mayShow(value.split('=', 1)[0] ?? '') ? value.replace(/=.*/s, '=••••••') : value)}`,
  )
  return ['docker run', ...switches, ...told, shellWord(image), ...command.map(shellWord)].join(' ')
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** `512m`, `1.5g` as `--memory` takes them; empty is 0, no limit. @throws Error for what is no size */
export function memoryBytes(text: string): number {
  if (text.trim() === '') return 0
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/.exec(text.trim().toLowerCase()) ?? []
  if (number === undefined) throw new Error(say('“{text}” is no size: write 512m, or 2g.', { text }))
  return Math.floor(Number(number) * (UNITS[unit] ?? 1))
}
