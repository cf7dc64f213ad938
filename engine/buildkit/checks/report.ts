import type { Instruction } from '../../dockerfile/instruction.ts'
import type { DockerfileText } from '../source-lines.ts'
import type { Finding } from './check.ts'
import { docComment } from './doc-comment.ts'
import { type Outline, outlineText } from './outline.ts'
import { describeRule } from './rules.ts'

/** What a client asks of a Dockerfile instead of a build, by name. @see moby/buildkit, frontend/subrequests */
export const LINT = 'frontend.lint'
export const TARGETS = 'frontend.targets'
export const OUTLINE = 'frontend.outline'
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
    const description = docComment(from.alias, from, text)
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

/** Of `--call=outline`. */
export function outlineAnswer(outline: Outline, { text }: DockerfileText): Answer {
  const { name, description, args, secrets, ssh, cache } = outline
  const wanted = (all: Outline['secrets']) =>
    all.map(({ id, isRequired, at }) => ({ name: id, ...(isRequired && { required: true }), location: locationOf(at) }))
  const json = {
    ...(name !== undefined && { name }),
    ...(description !== '' && { description }),
    ...(args.length > 0 && {
      args: args.map(({ name, description, value, at }) => ({
        name,
        ...(description !== '' && { description }),
        ...(value !== '' && { value }),
        location: locationOf(at),
      })),
    }),
    ...(secrets.length > 0 && { secrets: wanted(secrets) }),
    ...(ssh.length > 0 && { ssh: wanted(ssh) }),
    ...(cache.length > 0 && { cache: cache.map(({ id, at }) => ({ ID: id, location: locationOf(at) })) }),
    sources: [Buffer.from(text).toString('base64')],
  }
  return answer(json, outlineText(outline))
}

function locationOf({ line, lastLine }: Outline['args'][number]['at']) {
  return location(line, lastLine)
}

/** Of `--call=subrequests.describe`. */
export function describeAnswer(): Answer {
  const known = [
    { name: OUTLINE, description: 'List all parameters current build target supports', opts: [{ name: 'target', description: 'Target build stage' }] },
    { name: TARGETS, description: 'List all targets current build supports' },
    { name: LINT, description: 'Lint a Dockerfile' },
    { name: DESCRIBE, description: 'List available subrequest types' },
  ]
  const result = [{ name: 'result.json' }, { name: 'result.txt' }].map((one) => ({ ...one, description: '' }))
  const requests = known.map((one) => ({ ...one, version: VERSION, type: 'rpc', opts: one.opts ?? [], inputs: null, metadata: result, refs: null }))
  return answer(requests, known.map(({ name, description }) => `${name.replace('frontend.', '')}  ${VERSION}  ${description}\n`).join(''))
}

function answer(json: unknown, text: string): Answer {
  return { 'result.json': JSON.stringify(json, undefined, 2), 'result.txt': text, version: VERSION }
}

function location(first: number, last: number) {
  return { ranges: [{ start: { line: first }, end: { line: last } }] }
}
