import { EngineError } from '../errors.ts'
import { checkFlags, type FlagKind, takeFlags } from './flags.ts'
import type { Flags, Instruction, InstructionName, Place } from './instruction.ts'
import { command, isMixedList, jsonWords, listOrWords } from './lists.ts'
import { heredocName, type LogicalLine, type LogicalLines, logicalLines } from './logical-line.ts'
import { argument, pairs, pairsMistake } from './pairs.ts'
import { parseError } from './parse-error.ts'
import { suggestion } from './suggestion.ts'
import { plainWords, splitWords } from './words.ts'

/** What stands after the name and the flags. */
interface Body extends Place {
  readonly rest: string
  readonly flags: Flags
  readonly heredocs: LogicalLine['heredocs']
}

const FLAGS: Partial<Record<InstructionName, Readonly<Record<string, FlagKind>>>> = {
  FROM: { platform: 'text' },
  RUN: { mount: 'list', network: 'text', security: 'text' },
  COPY: { from: 'text', chown: 'text', chmod: 'text', link: 'boolean', parents: 'boolean', exclude: 'list' },
  ADD: { chown: 'text', chmod: 'text', link: 'boolean', checksum: 'text', 'keep-git-dir': 'boolean', exclude: 'list', unpack: 'boolean' },
  HEALTHCHECK: { interval: 'text', timeout: 'text', 'start-period': 'text', 'start-interval': 'text', retries: 'text' },
}

const PARSERS: { readonly [N in InstructionName]: (body: Body, name: N) => Instruction } = {
  FROM: from,
  ARG: (body) => ({ ...place(body), name: 'ARG', pairs: required('ARG', splitWords(body.rest, body.escaping)).map(argument) }),
  ENV: (body) => ({ ...place(body), name: 'ENV', pairs: pairs(body, 'ENV') }),
  LABEL: (body) => ({ ...place(body), name: 'LABEL', pairs: pairs(body, 'LABEL') }),
  RUN: (body) => ({ ...place(body), name: 'RUN', command: command(single(body, 'RUN')), flags: body.flags, heredocs: body.heredocs }),
  COPY: copy,
  ADD: copy,
  CMD: (body) => ({ ...place(body), name: 'CMD', command: command(body.rest) }),
  ENTRYPOINT: (body) => ({ ...place(body), name: 'ENTRYPOINT', command: command(body.rest) }),
  SHELL: (body) => {
    const words = jsonWords(body.rest)
    if (!words && body.rest !== '') throw new Error(`SHELL requires the arguments to be in JSON form`)
    return { ...place(body), name: 'SHELL', words: required('SHELL', words ?? []) }
  },
  // Sorted, as docker does it: their order means nothing, and the cache is found again.
  EXPOSE: (body) => ({ ...place(body), name: 'EXPOSE', words: [...required('EXPOSE', plainWords(body.rest))].sort() }),
  VOLUME: (body) => {
    const words = required('VOLUME', listOrWords(body.rest)).map((word) => word.trim())
    if (words.includes('')) throw new Error('VOLUME specified can not be an empty string')
    return { ...place(body), name: 'VOLUME', words }
  },
  USER: (body) => ({ ...place(body), name: 'USER', text: single(body, 'USER') }),
  WORKDIR: (body) => ({ ...place(body), name: 'WORKDIR', text: single(body, 'WORKDIR') }),
  STOPSIGNAL: (body) => ({ ...place(body), name: 'STOPSIGNAL', text: single(body, 'STOPSIGNAL') }),
  MAINTAINER: (body) => ({ ...place(body), name: 'MAINTAINER', text: single(body, 'MAINTAINER') }),
  ONBUILD: onbuild,
  HEALTHCHECK: healthcheck,
}

/** A Dockerfile that was read, and what people should know of it. */
export interface Dockerfile {
  readonly instructions: readonly Instruction[]
  readonly warnings: readonly string[]
}

/**
 * Reads a Dockerfile.
 * @throws EngineError `invalid` for the first mistake, in docker's words: with its line, where docker gives it
 */
export function parseDockerfile(text: string, fileName = 'Dockerfile'): Dockerfile {
  if (text === '') throw new EngineError('invalid', `the Dockerfile (${fileName}) cannot be empty`)
  const { lines, warnings } = told(
    (message) => new EngineError('invalid', `failed to parse ${fileName}: ${message}`),
    () => readLines(text),
  )
  return {
    instructions: lines.map((logical) =>
      told(
        (message) => parseError(logical.line, message),
        () => readInstruction(logical),
      ),
    ),
    warnings,
  }
}

/**
 * The instructions of a text that is no file: the changes of a commit, a trigger.
 * @param allowed names; all without it
 * @throws EngineError `invalid` in docker's words, without the place
 */
export function parseInstructions(text: string, allowed?: readonly string[]): Instruction[] {
  return told(
    (message) => new EngineError('invalid', message),
    () => {
      const { lines } = readLines(text)
      const other = lines.map((line) => nameOf(line.text).word).find((word) => allowed && !allowed.includes(word.toUpperCase()))
      if (other !== undefined) throw new Error(`${other} is not a valid change command`)
      return lines.map(readInstruction)
    },
  )
}

/** Plain errors of `read` as what they mean to whoever gave the text. */
function told<T>(as: (message: string) => EngineError, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error)) throw error
    throw as(error.message)
  }
}

/** @throws Error for what docker finds wrong before it knows what an instruction means */
function readLines(text: string): LogicalLines {
  const read = logicalLines(text)
  if (read.lines.length === 0) throw new Error('file with no instructions')
  const mistake = read.lines.map(unreadableLine).find((message) => message !== undefined)
  if (mistake !== undefined) throw new Error(mistake)
  return read
}

function readInstruction(logical: LogicalLine): Instruction {
  const { line, lastLine, escaping, heredocs } = logical
  const { word, after } = nameOf(logical.text)
  const name = word.toUpperCase()
  if (!isInstructionName(name)) throw new Error(`unknown instruction: ${word}${suggestion(word, Object.keys(PARSERS))}`)
  const { words, rest } = takeFlags(after, escaping)
  const flags = checkFlags(words, FLAGS[name] ?? {})
  const body: Body = { line, lastLine, escaping, source: logical.text, rest, flags, heredocs }
  return (PARSERS[name] as (body: Body, name: InstructionName) => Instruction)(body, name)
}

function nameOf(text: string): { word: string; after: string } {
  const [, word = '', after = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? []
  return { word, after }
}

/** What docker finds wrong before it knows what an instruction means; its line is not told then. */
function unreadableLine({ text, escaping }: LogicalLine): string | undefined {
  const { word, after } = nameOf(text)
  const name = word.toUpperCase()
  const { rest } = takeFlags(after, escaping)
  if (name === 'ENV' || name === 'LABEL') return pairsMistake(name, rest, splitWords(rest, escaping))
  const takesList = ['RUN', 'CMD', 'ENTRYPOINT', 'SHELL', 'COPY', 'ADD', 'VOLUME'].includes(name)
  return takesList && isMixedList(rest) ? 'When using JSON array syntax, arrays must be comprised of strings only.' : undefined
}

function isInstructionName(name: string): name is InstructionName {
  return Object.hasOwn(PARSERS, name)
}

function place({ line, lastLine, source, escaping }: Body): Place {
  return { line, lastLine, source, escaping }
}

function single(body: Body, name: string): string {
  if (body.rest === '') throw new Error(`${name} requires exactly one argument`)
  return body.rest
}

function required(name: string, words: readonly string[]): readonly string[] {
  if (words.length === 0) throw new Error(`${name} requires at least one argument`)
  return words
}

function from(body: Body): Instruction {
  const [image, as, alias, ...more] = plainWords(body.rest)
  if (image === undefined || (as !== undefined && as.toLowerCase() !== 'as') || (as !== undefined && alias === undefined) || more.length > 0) {
    throw new Error('FROM requires either one or three arguments')
  }
  if (alias !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(alias)) {
    throw new Error(`invalid name for build stage: "${alias}", name can't start with a number or contain symbols`)
  }
  return { ...place(body), name: 'FROM', image, platform: body.flags.find(([name]) => name === 'platform')?.[1], alias: alias?.toLowerCase() }
}

function copy(body: Body, name: 'COPY' | 'ADD'): Instruction {
  const words = listOrWords(body.rest)
  if (words.length < 2) throw new Error(`${name} requires at least two arguments, but only one was provided. Destination could not be determined`)
  const target = words.at(-1) ?? ''
  if (heredocName(target) !== undefined) throw new Error(`${name} cannot accept a heredoc as a destination`)
  return { ...place(body), name, sources: words.slice(0, -1), target, flags: body.flags, heredocs: body.heredocs }
}

function onbuild(body: Body): Instruction {
  if (body.rest === '') throw new Error('ONBUILD requires at least one argument')
  const name = nameOf(body.rest).word.toUpperCase()
  if (name === 'ONBUILD') throw new Error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
  if (name === 'FROM' || name === 'MAINTAINER') throw new Error(`${name} isn't allowed as an ONBUILD trigger`)
  const documents = body.heredocs.map(({ name, content }) => `\n${content}${name}`).join('')
  return { ...place(body), name: 'ONBUILD', trigger: `${body.rest}${documents}` }
}

function healthcheck(body: Body): Instruction {
  const { word, after } = nameOf(body.rest)
  const type = word.toUpperCase()
  if (type === '') throw new Error('HEALTHCHECK requires at least one argument')
  if (type === 'NONE' && after !== '') throw new Error('HEALTHCHECK NONE takes no arguments')
  if (type === 'NONE') return { ...place(body), name: 'HEALTHCHECK', flags: body.flags, test: 'NONE' }
  if (type !== 'CMD') throw new Error(`Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`)
  const test = command(after)
  if (after === '' || (test.form === 'exec' && test.words.length === 0)) throw new Error('Missing command after HEALTHCHECK CMD')
  return { ...place(body), name: 'HEALTHCHECK', flags: body.flags, test }
}
