import type { Place } from '../../dockerfile/instruction.ts'

type At = Pick<Place, 'line' | 'lastLine'>

/** What a target can be given. @see moby/buildkit, frontend/subrequests/outline */
export interface Outline {
  /** Of the stage. */
  readonly name: string | undefined
  readonly description: string
  readonly args: readonly OutlineArg[]
  readonly secrets: readonly Wanted[]
  /** SSH agents. */
  readonly ssh: readonly Wanted[]
  readonly cache: readonly { readonly id: string; readonly at: At }[]
}

export interface OutlineArg {
  readonly name: string
  readonly description: string
  /** As the build would have it; empty for none. */
  readonly value: string
  readonly at: At
}

export interface Wanted {
  readonly id: string
  readonly isRequired: boolean
  readonly at: At
}

/** The same for people. */
export function outlineText({ name, description, args, secrets, ssh }: Outline): string {
  const heads = [['TARGET:', name ?? '(default)'], ...(description === '' ? [] : [['DESCRIPTION:', description]])]
  const wanted = (all: readonly Wanted[]) => all.map(({ id, isRequired }) => [id, isRequired ? 'true' : ''])
  const tables = [
    name === undefined && description === '' ? [] : table(heads, 1),
    args.length === 0 ? [] : table([['BUILD ARG', 'VALUE', 'DESCRIPTION'], ...args.map((one) => [one.name, one.value, one.description])], 3),
    secrets.length === 0 ? [] : table([['SECRET', 'REQUIRED'], ...wanted(secrets)], 3),
    ssh.length === 0 ? [] : table([['SSH', 'REQUIRED'], ...wanted(ssh)], 3),
  ]
  return tables
    .flatMap((lines) => (lines.length === 0 ? [] : [...lines, '']))
    .map((line) => `${line}\n`)
    .join('')
}

/** All columns but the last are as wide as their widest cell, and the gap. */
function table(rows: readonly (readonly string[])[], gap: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)) + gap)
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join(''))
}
