import type { Instruction, InstructionOf } from '../../dockerfile/instruction.ts'
import type { Dockerfile } from '../../dockerfile/parse.ts'
import { nearest } from '../../dockerfile/suggestion.ts'
import type { RuleName } from './rules.ts'

/** What a check has found. */
export interface Finding {
  readonly rule: RuleName
  readonly detail: string
  /** Lines of the Dockerfile, from 1. */
  readonly first: number
  readonly last: number
}

/** What of a stage those that begin with it take over. */
interface StageState {
  readonly name: string | undefined
  hasShell: boolean
  hasWorkdir: boolean
  /** The last of those of which only the last counts. */
  readonly used: Map<string, Instruction>
}

const RESERVED = ['context', 'scratch']

/** Given by the engine, without an ARG. */
const PLATFORM_ARGS = ['BUILDPLATFORM', 'BUILDOS', 'BUILDARCH', 'BUILDVARIANT', 'TARGETPLATFORM', 'TARGETOS', 'TARGETARCH', 'TARGETVARIANT']

/**
 * Checks what can be seen in a Dockerfile without its base images, in BuildKit's words.
 * @returns what was found, in the order of the file
 */
export function check({ instructions, warnings }: Dockerfile): Finding[] {
  const checks = new Checks()
  const firstStage = instructions.findIndex(({ name }) => name === 'FROM')
  for (const instruction of instructions.slice(0, firstStage)) checks.globalArg(instruction)
  const staged = instructions.slice(firstStage)
  for (const instruction of instructions) {
    if (warnings.some((warning) => warning.endsWith(`: ${instruction.source}`))) checks.report('NoEmptyContinuation', instruction, 'Empty continuation line')
  }
  casing(staged, checks.report)
  for (const instruction of staged) checks.instruction(instruction)
  return checks.found.sort((a, b) => a.first - b.first)
}

type Report = (rule: RuleName, at: Instruction, detail: string) => void

function casing(staged: readonly Instruction[], report: Report): void {
  const words = staged.map(wordOf)
  const lower = words.filter(isLower).length
  const isMajorityLower = lower > words.filter((word) => isUpper(word)).length
  for (const instruction of staged) {
    const word = wordOf(instruction)
    if (isMajorityLower ? isLower(word) : isUpper(word)) continue
    const wanted = isMajorityLower ? 'lowercase' : 'uppercase'
    report('ConsistentInstructionCasing', instruction, `Command '${word}' should match the case of the command majority (${wanted})`)
  }
}

class Checks {
  readonly found: Finding[] = []
  readonly #globalArgs = [...PLATFORM_ARGS]
  readonly #stages: StageState[] = []

  readonly report: Report = (rule, { line, lastLine }, detail) => {
    this.found.push({ rule, detail, first: line, last: lastLine })
  }

  globalArg(instruction: Instruction): void {
    if (instruction.name === 'ARG') this.#globalArgs.push(...instruction.pairs.map(([name]) => name))
  }

  instruction(instruction: Instruction): void {
    const stage = this.#stages.at(-1)
    const word = wordOf(instruction)
    switch (instruction.name) {
      case 'FROM':
        return this.#from(instruction)
      case 'MAINTAINER':
        return this.report('MaintainerDeprecated', instruction, 'Maintainer instruction is deprecated in favor of using label')
      case 'SHELL':
        if (stage) stage.hasShell = true
        return
      case 'CMD':
      case 'ENTRYPOINT':
        this.#once(instruction, stage)
        if (instruction.command.form === 'shell' && !stage?.hasShell)
          this.report('JSONArgsRecommended', instruction, `JSON arguments recommended for ${word} to prevent unintended behavior related to OS signals`)
        return
      case 'HEALTHCHECK':
        return this.#once(instruction, stage)
      case 'ENV':
      case 'LABEL':
        if (isLegacyPair(instruction)) {
          this.report('LegacyKeyValueFormat', instruction, `"${word} key=value" should be used instead of legacy "${word} key value" format`)
        }
        if (instruction.name === 'ENV') this.#secrets(instruction, instruction.pairs)
        return
      case 'EXPOSE':
        return this.#expose(instruction, instruction.words)
      case 'ARG':
        return this.#secrets(instruction, instruction.pairs)
      case 'WORKDIR':
        if (stage && !stage.hasWorkdir && !/^[/$]/.test(instruction.text))
          this.report(
            'WorkdirRelativePath',
            instruction,
            `Relative workdir ${JSON.stringify(instruction.text)} can have unexpected results if the base image changes`,
          )
        if (stage) stage.hasWorkdir = true
    }
  }

  #from(from: InstructionOf<'FROM'>): void {
    const { alias, platform = '' } = from
    const [, as = '', name = ''] = /\s(as)\s+(\S+)\s*$/i.exec(from.source) ?? []
    if (name !== name.toLowerCase()) this.report('StageNameCasing', from, `Stage name '${name}' should be lowercase`)
    const word = wordOf(from)
    if (isLower(word) ? !isLower(as) : isUpper(word) && !isUpper(as)) this.report('FromAsCasing', from, `'${as}' and '${word}' keywords' casing do not match`)
    if (alias !== undefined && RESERVED.includes(alias))
      this.report('ReservedStageName', from, `Stage name should not use the same name as reserved stage ${JSON.stringify(alias)}`)
    if (alias !== undefined && this.#stages.some((stage) => stage.name === alias))
      this.report('DuplicateStageName', from, `Duplicate stage name ${JSON.stringify(alias)}, stage names should be unique`)
    this.#undeclared(from, `${from.image} ${platform}`)
    if (/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(platform))
      this.report('RedundantTargetPlatform', from, `Setting platform to predefined ${platform} in FROM is redundant as this is the default behavior`)
    const parts = platform.split('/')
    if (platform !== '' && !platform.includes('$') && !parts.some((part) => part !== '' && alias?.includes(part)))
      this.report('FromPlatformFlagConstDisallowed', from, `FROM --platform flag should not use constant value ${JSON.stringify(platform)}`)
    const base = this.#stages.findLast((stage) => stage.name !== undefined && stage.name === from.image.toLowerCase())
    this.#stages.push({ name: alias, hasShell: base?.hasShell ?? false, hasWorkdir: base?.hasWorkdir ?? false, used: new Map() })
  }

  #undeclared(from: InstructionOf<'FROM'>, text: string): void {
    // Also one with a default of its own, `${A:-b}`.
    for (const [, plain, braced] of text.matchAll(/(?<!\\)\$(?:(\w+)|\{(\w+))/g)) {
      const name = plain ?? braced ?? ''
      if (this.#globalArgs.includes(name)) continue
      this.report('UndefinedArgInFrom', from, `FROM argument '${name}' is not declared${meant(nearest(name, this.#globalArgs))}`)
    }
  }

  #once(instruction: Instruction, stage: StageState | undefined): void {
    const before = stage?.used.get(instruction.name)
    // It is the one before that says nothing.
    if (before) {
      const detail = `Multiple ${wordOf(instruction)} instructions should not be used in the same stage because only the last one will be used`
      this.report('MultipleInstructionsDisallowed', before, detail)
    }
    stage?.used.set(instruction.name, instruction)
  }

  #expose(instruction: Instruction, words: readonly string[]): void {
    for (const word of words) {
      const [, protocol = ''] = word.split('/', 2)
      if (protocol !== protocol.toLowerCase())
        this.report('ExposeProtoCasing', instruction, `Defined protocol '${word}' in EXPOSE instruction should be lowercase`)
      if (/^[^$]*:/.test(word))
        this.report('ExposeInvalidFormat', instruction, `EXPOSE instruction should not define an IP address or host-port mapping, found '${word}'`)
    }
  }

  #secrets(instruction: Instruction, pairs: readonly (readonly [name: string, value: string | undefined])[]): void {
    for (const [name] of pairs) {
      if (!SECRET.test(name) || NO_SECRET.test(name)) continue
      this.report('SecretsUsedInArgOrEnv', instruction, `Do not use ARG or ENV instructions for sensitive data (${instruction.name} ${JSON.stringify(name)})`)
    }
  }
}

function meant(name: string | undefined): string {
  return name === undefined ? '' : ` (did you mean ${name}?)`
}

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i
const NO_SECRET = /(?:_|^)(?:public|file|version)(?:_|$)/i

/** The instruction's name as it was written. */
function wordOf({ source }: Instruction): string {
  return /^\S+/.exec(source)?.[0] ?? ''
}

function isLower(word: string): boolean {
  return word === word.toLowerCase()
}

function isUpper(word: string): boolean {
  return word === word.toUpperCase()
}

/** `ENV NAME value` */
function isLegacyPair({ source }: Instruction): boolean {
  const [, first = ''] = /^\S+\s+(\S+)/.exec(source) ?? []
  return !first.includes('=')
}
