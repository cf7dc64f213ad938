import type { Instruction, InstructionOf } from '../../dockerfile/instruction.ts'
import type { DockerfileText } from '../source-lines.ts'
import type { Finding } from './check.ts'
import { describeRule } from './rules.ts'

/** What a client asks of a Dockerfile instead of a build, by name. @see moby/buildkit, frontend/subrequests */
export const LINT = 'frontend.lint'
export const TARGETS = 'frontend.targets'
export const DESCRIBE = 'frontend.subrequests.describe'

/** Answers as clients get them: texts by name. */
export type Answer = Readonly<Record<string, string>>

const VERSION = '1.0.0'

/** Of `--check`: clients end with the status code. */
export function lintAnswer(findings: readonly Finding[], { filename, text }: DockerfileText): Answer {
  const warnings = findings.map(({ rule, detail, first, last }) => ({
    ruleName: rule,
    description: describeRule(rule).description,
    url: describeRule(rule).url,
    detail,
    location: location(first, last),
  }))
  const sources = [{ filename, data: Buffer.from(text).toString('base64'), language: 'Dockerfile' }]
  const lines = findings.map(({ rule, detail, first }) => `\nWARNING: ${rule} - ${describeRule(rule).url}\n${detail}\n${filename}:${first}\n`)
  return { ...answer({ warnings, sources }, lines.join('')), 'result.statuscode': findings.length > 0 ? '1' : '0' }
}

/** Of `--call=targets`: the stages, and what the comment above each says of it. */
export function targetsAnswer(instructions: readonly Instruction[], { text }: DockerfileText): Answer {
  const stages = instructions.filter((one) => one.name === 'FROM')
  const targets = stages.map((from, index) => {
    const description = descriptionOf(from, text)
    return {
      ...(from.alias !== undefined && { name: from.alias }),
      ...(index === stages.length - 1 && { default: true }),
      ...(description !== '' && { description }),
      base: from.image,
      ...(from.platform !== undefined && { platform: from.platform }),
      location: location(from.line, from.lastLine),
    }
  })
  const lines = targets.map(({ name = '', default: isDefault, description = '' }) => `${`${name}${isDefault ? ' (default)' : ''}`.trim()}  ${description}\n`)
  return answer({ targets, sources: [Buffer.from(text).toString('base64')] }, `TARGET  DESCRIPTION\n${lines.join('')}`)
}

/** Of `--call=subrequests.describe`. */
export function describeAnswer(): Answer {
  const known = [
    { name: TARGETS, description: 'List all targets current build supports' },
    { name: LINT, description: 'Lint a Dockerfile' },
    { name: DESCRIBE, description: 'List available subrequest types' },
  ]
  const result = [{ name: 'result.json' }, { name: 'result.txt' }].map((one) => ({ ...one, description: '' }))
  const requests = known.map((one) => ({ ...one, version: VERSION, type: 'rpc', opts: [], inputs: null, metadata: result, refs: null }))
  return answer(requests, known.map(({ name, description }) => `${name.replace('frontend.', '')}  ${VERSION}  ${description}\n`).join(''))
}

function answer(json: unknown, text: string): Answer {
  return { 'result.json': JSON.stringify(json, undefined, 2), 'result.txt': text, version: VERSION }
}

function location(first: number, last: number) {
  return { ranges: [{ start: { line: first }, end: { line: last } }] }
}

/** `# NAME what it is`, in the comments right above the stage of that name. */
function descriptionOf({ alias, line }: InstructionOf<'FROM'>, text: string): string {
  const above = text
    .split(/\r?\n/)
    .slice(0, line - 1)
    .reverse()
  const end = above.findIndex((one) => !one.trimStart().startsWith('#'))
  const comments = above.slice(0, end < 0 ? undefined : end).map((one) => one.replace(/^\s*#\s*/, ''))
  const found = alias === undefined ? undefined : comments.find((one) => one.startsWith(`${alias} `))
  return found?.slice(`${alias} `.length).trim() ?? ''
}
