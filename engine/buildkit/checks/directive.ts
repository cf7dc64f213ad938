import { EngineError } from '../../errors.ts'
import type { Finding } from './check.ts'
import { commentsAbove } from './doc-comment.ts'

/** Which findings count, and whether one of them ends a build. @see Dockerfile reference, "check" */
export interface CheckDirective {
  readonly skips: 'all' | readonly string[]
  readonly isError: boolean
}

/** Parser directives stand at the very top. */
const DIRECTIVE = /^#\s*(syntax|escape|check)\s*=\s*(.+?)\s*$/i

/**
 * Reads `# check=skip=A,B;error=true`.
 * @param given in place of it: of the build argument BUILDKIT_DOCKERFILE_CHECK
 * @throws EngineError `invalid` with BuildKit's words
 */
export function checkDirective(dockerfile: string, given: string | undefined): CheckDirective {
  const text = given ?? written(dockerfile)
  let skips: CheckDirective['skips'] = []
  let isError = false
  for (const part of text.split(';').map((one) => one.trim())) {
    if (part === '') continue
    const [key = '', value] = part.split(/\s*=\s*/, 2)
    if (value === undefined) throw new EngineError('invalid', `invalid check option ${JSON.stringify(part)}`)
    if (key === 'skip') skips = value === 'all' ? 'all' : value.split(',').map((rule) => rule.trim())
    else if (key === 'error') isError = /^(1|t|true)$/i.test(value)
    // There are no experimental rules here.
    else if (key !== 'experimental') throw new EngineError('invalid', `invalid check option ${JSON.stringify(key)}`)
  }
  return { skips, isError }
}

function written(dockerfile: string): string {
  for (const line of dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, value = ''] = DIRECTIVE.exec(line) ?? []
    if (name === undefined) return ''
    if (name.toLowerCase() === 'check') return value
  }
  return ''
}

/** Those that count: neither the file's directive nor a comment right above the instruction skips them. */
export function counted(findings: readonly Finding[], { skips }: CheckDirective, dockerfile: string): Finding[] {
  return findings.filter(({ rule, first }) => ![skips, skipsAbove(first, dockerfile)].some((one) => one === 'all' || one.includes(rule)))
}

/** `# check=skip=RULE // why` */
function skipsAbove(line: number, dockerfile: string): CheckDirective['skips'] {
  const [, options] =
    commentsAbove(line, dockerfile)
      .map((one) => /^check\s*=\s*(\S+)/i.exec(one))
      .find((one) => one !== null) ?? []
  try {
    return options === undefined ? [] : checkDirective('', options).skips
  } catch {
    return [] // For BuildKit, a comment like others.
  }
}
