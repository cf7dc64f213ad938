import type { Place } from '../../dockerfile/instruction.ts'

/**
 * What the comments right above an instruction say of a name in it: `# NAME what it is`.
 * @returns nothing where they say nothing, or there is no name
 * @see docker build, "--call=outline"
 */
export function docComment(name: string | undefined, { line }: Pick<Place, 'line'>, dockerfile: string): string {
  const above = dockerfile
    .split(/\r?\n/)
    .slice(0, line - 1)
    .reverse()
  const end = above.findIndex((one) => !one.trimStart().startsWith('#'))
  const comments = above.slice(0, end < 0 ? undefined : end).map((one) => one.replace(/^\s*#\s*/, ''))
  const found = name === undefined ? undefined : comments.reverse().find((one) => one.startsWith(`${name} `))
  return found?.slice(`${name} `.length).trim() ?? ''
}
