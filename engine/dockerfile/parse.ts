import { EngineError } from '../errors.ts'
import type { CommandForm, Flags, Instruction, InstructionName, Place } from './instruction.ts'
import { type LogicalLine, logicalLines } from './logical-line.ts'
import { parseError } from './parse-error.ts'
import { splitWords } from './words.ts'

/** What stands after the name and the flags. */
interface Body extends Place {
  readonly rest: string
  readonly flags: Flags
  readonly heredocs: LogicalLine['heredocs']
}

const FLAGS: Partial<Record<InstructionName, readonly string[]>> = {
  FROM: ['platform'],
  RUN: ['mount', 'network', 'security'],
  COPY: ['from', 'chown', 'chmod', 'link', 'parents', 'exclude'],
  ADD: ['chown', 'chmod', 'link', 'checksum', 'keep-git-dir', 'exclude', 'unpack'],
}

const PARSERS: { readonly [N in InstructionName]: (body: Body, name: N) => Instruction } = {
  FROM: from,
  ARG: (body) => ({ ...place(body), name: 'ARG', pairs: required(body, 'ARG', splitWords(body.rest)).map(argument) }),
  ENV: (body) => ({ ...place(body), name: 'ENV', pairs: pairs(body, 'ENV') }),
  LABEL: (body) => ({ ...place(body), name: 'LABEL', pairs: pairs(body, 'LABEL') }),
  RUN: (body) => ({ ...place(body), name: 'RUN', command: command(needed(body, 'RUN')), flags: body.flags, heredocs: body.heredocs }),
  COPY: copy,
  ADD: copy,
  CMD: (body) => ({ ...place(body), name: 'CMD', command: command(body.rest) }),
  ENTRYPOINT: (body) => ({ ...place(body), name: 'ENTRYPOINT', command: command(needed(body, 'ENTRYPOINT')) }),
  SHELL: (body) => {
    const words = jsonWords(body.rest)
    if (!words) throw parseError(body.line, 'SHELL requires the arguments to be in JSON form')
    return { ...place(body), name: 'SHELL', words: required(body, 'SHELL', words) }
  },
  EXPOSE: (body) => ({ ...place(body), name: 'EXPOSE', words: required(body, 'EXPOSE', splitWords(body.rest)) }),
  VOLUME: (body) => ({ ...place(body), name: 'VOLUME', words: required(body, 'VOLUME', jsonWords(body.rest) ?? splitWords(body.rest)) }),
  USER: (body) => ({ ...place(body), name: 'USER', text: single(body, 'USER') }),
  WORKDIR: (body) => ({ ...place(body), name: 'WORKDIR', text: needed(body, 'WORKDIR') }),
  STOPSIGNAL: (body) => ({ ...place(body), name: 'STOPSIGNAL', text: single(body, 'STOPSIGNAL') }),
  MAINTAINER: (body) => ({ ...place(body), name: 'MAINTAINER', text: needed(body, 'MAINTAINER') }),
  ONBUILD: onbuild,
  HEALTHCHECK: (body) => ({ ...place(body), name: 'HEALTHCHECK', text: needed(body, 'HEALTHCHECK') }),
}

/**
 * Reads a Dockerfile.
 * @throws EngineError `invalid` with the line of the first mistake, in docker's words
 */
export function parseDockerfile(text: string, fileName = 'Dockerfile'): Instruction[] {
  const lines = logicalLines(text)
  if (lines.length === 0) throw new EngineError('invalid', `the Dockerfile (${fileName}) cannot be empty`)
  return lines.map(parseInstruction)
}

/** Reads one instruction, also of an image's ONBUILD list. */
export function parseInstruction(logical: LogicalLine): Instruction {
  const found = /^(\S+)\s*(.*)$/s.exec(logical.text)
  const name = (found?.[1] ?? '').toUpperCase()
  if (!isInstructionName(name)) throw parseError(logical.line, `unknown instruction: ${found?.[1] ?? ''}`)
  const { flags, rest } = takeFlags(found?.[2] ?? '', name, logical.line)
  const body: Body = { line: logical.line, source: `${name} ${found?.[2] ?? ''}`.trimEnd(), rest, flags, heredocs: logical.heredocs }
  return (PARSERS[name] as (body: Body, name: InstructionName) => Instruction)(body, name)
}

function isInstructionName(name: string): name is InstructionName {
  return Object.hasOwn(PARSERS, name)
}

function place({ line, source }: Body): Place {
  return { line, source }
}

function takeFlags(text: string, name: InstructionName, line: number): { flags: Flags; rest: string } {
  const known = FLAGS[name]
  // HEALTHCHECK's options belong to its text, as in `docker commit --change`.
  if (!known) return { flags: [], rest: text.trim() }
  const flags: [string, string][] = []
  let rest = text.trimStart()
  for (;;) {
    const found = /^--([\w-]+)(?:=("[^"]*"|\S*))?(?:\s+|$)/.exec(rest)
    if (!found) break
    const [whole, flag = '', value = ''] = found
    if (!known.includes(flag)) throw parseError(line, `unknown flag: --${flag}`)
    flags.push([flag, value.replace(/^"(.*)"$/, '$1')])
    rest = rest.slice(whole.length)
  }
  return { flags, rest: rest.trim() }
}

function needed(body: Body, name: string): string {
  if (body.rest === '') throw parseError(body.line, `${name} requires at least one argument`)
  return body.rest
}

function single(body: Body, name: string): string {
  if (splitWords(body.rest).length !== 1) throw parseError(body.line, `${name} requires exactly one argument`)
  return body.rest
}

function required(body: Body, name: string, words: readonly string[]): readonly string[] {
  if (words.length === 0) throw parseError(body.line, `${name} requires at least one argument`)
  return words
}

function from(body: Body): Instruction {
  const [image, as, alias, ...more] = splitWords(body.rest)
  if (image === undefined || (as !== undefined && as.toLowerCase() !== 'as') || (as !== undefined && alias === undefined) || more.length > 0) {
    throw parseError(body.line, 'FROM requires either one or three arguments')
  }
  if (alias !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(alias)) {
    throw parseError(body.line, `invalid name for build stage: "${alias}", name can't start with a number or contain symbols`)
  }
  return { ...place(body), name: 'FROM', image, platform: body.flags.find(([name]) => name === 'platform')?.[1], alias: alias?.toLowerCase() }
}

function argument(word: string): readonly [string, string | undefined] {
  const cut = word.indexOf('=')
  return cut < 0 ? [word, undefined] : [word.slice(0, cut), word.slice(cut + 1)]
}

/** `A=1 B="two words"`, or the old `NAME rest of the line`. */
function pairs(body: Body, name: string): readonly (readonly [string, string])[] {
  const words = required(body, name, splitWords(body.rest))
  if (!words[0]?.includes('=')) {
    const found = /^(\S+)\s+(.*)$/s.exec(body.rest)
    if (!found) throw parseError(body.line, `${name} must have two arguments`)
    return [[found[1] ?? '', found[2] ?? '']]
  }
  return words.map((word) => {
    const cut = word.indexOf('=')
    if (cut < 0) throw parseError(body.line, `can't find = in "${word}". Must be of the form: name=value`)
    if (cut === 0) throw parseError(body.line, `${name} names can not be blank`)
    return [word.slice(0, cut), word.slice(cut + 1)]
  })
}

function copy(body: Body, name: 'COPY' | 'ADD'): Instruction {
  const words = jsonWords(body.rest) ?? splitWords(body.rest)
  if (words.length < 2) throw parseError(body.line, `${name} requires at least two arguments, but only one was provided. Destination could not be determined`)
  return { ...place(body), name, sources: words.slice(0, -1), target: words.at(-1) ?? '', flags: body.flags, heredocs: body.heredocs }
}

function onbuild(body: Body): Instruction {
  const trigger = needed(body, 'ONBUILD')
  const name = trigger.split(/\s/, 1)[0]?.toUpperCase() ?? ''
  if (name === 'ONBUILD') throw parseError(body.line, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
  if (name === 'FROM' || name === 'MAINTAINER') throw parseError(body.line, `${name} isn't allowed as an ONBUILD trigger`)
  return { ...place(body), name: 'ONBUILD', trigger }
}

function command(text: string): CommandForm {
  const words = jsonWords(text)
  return words ? { form: 'exec', words } : { form: 'shell', line: text }
}

/** The exec form is a JSON list of strings; what looks like one but is not is a line for the shell, as with docker. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined
  } catch {
    return undefined // A broken list is a shell line.
  }
}
