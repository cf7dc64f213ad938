import type { Place } from '../../dockerfile/instruction.ts'

/**
 * What the comments right above an instruction say of a name in it: `# NAME what it is`.
 * @returns nothing where they say nothing, or there is no name
 * @see docker build, "--call=outline"
 */
export function docComment(name: string | undefined, { line }: Pick<Place, 'line'>, dockerfile: string): string {
  const found = name === undefined ? undefined : commentsAbove(line, dockerfile).find((one) => one.startsWith(`${name} `))
  return found?.slice(`${name} `.length).trim() ?? ''
}

/** What the comments right above a line say, the topmost first. */
export function commentsAbove(line: number, dockerfile: string): string[] {
  const lines = dockerfile.split(/\r?\n/).slice(0, line - 1)
  const last = lines.findLastIndex((one) => !one.trimStart().startsWith('#'))
  return lines.slice(last + 1).map((one) => one.replace(/^\s*#\s*/, '').trimEnd())
}
