import { posix } from 'node:path'
import { isRemoteSource } from '../../build/download.ts'
import { parseGitUrl } from '../../build/git-url.ts'
import { ignorePatterns } from '../../build/ignore-patterns.ts'
import type { Instruction, InstructionOf } from '../../dockerfile/instruction.ts'
import { heredocName } from '../../dockerfile/logical-line.ts'
import type { Finding } from './check.ts'

/** Patterns that leave out all that is in a context. */
const EVERYTHING = ['*', '**', '**/*']

/**
 * Finds what COPY and ADD take of the context although it is left out.
 * @param excludes as in a .dockerignore. With one that takes something in again, nobody can say.
 */
export function copiedIgnored(steps: readonly Instruction[], excludes: readonly string[]): Finding[] {
  if (excludes.length === 0 || excludes.some((pattern) => pattern.startsWith('!'))) return []
  const isIgnored = ignorePatterns(excludes.join('\n'))
  const isLeftOut = (path: string) => (path === '' ? excludes.some((pattern) => EVERYTHING.includes(pattern)) : isIgnored(path))
  return steps.flatMap((step) => {
    if (step.name !== 'COPY' && step.name !== 'ADD') return []
    return pathsOf(step)
      .filter(isLeftOut)
      .map((path) => {
        const detail = `Attempting to ${step.name === 'ADD' ? 'Add' : 'Copy'} file ${JSON.stringify(path || '.')} that is excluded by .dockerignore`
        return { rule: 'CopyIgnoredFile', detail, first: step.line, last: step.lastLine } as const
      })
  })
}

/** Relative to the context, which itself has none. Those with variables in them are passed over. */
function pathsOf({ flags, sources }: InstructionOf<'COPY' | 'ADD'>): string[] {
  if (flags.some(([name]) => name === 'from')) return []
  const paths = sources.filter((one) => heredocName(one) === undefined && !isRemoteSource(one) && !one.includes('$') && !isGit(one))
  return paths.map((one) => posix.normalize(`/${one}`).replace(/^\/|\/$/g, ''))
}

function isGit(source: string): boolean {
  try {
    return parseGitUrl(source) !== undefined
  } catch {
    return true // One with a mistake in it.
  }
}
