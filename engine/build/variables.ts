import type { Instruction, InstructionOf } from '../dockerfile/instruction.ts'
import { expandWord } from '../dockerfile/words.ts'
import { EngineError, messageOf } from '../errors.ts'
import { hostArchitecture } from '../images/image.ts'

export type BuildArgs = Readonly<Record<string, string | null>>

/** These may be given without an ARG; the history and the cache know of them only with one. @see Dockerfile reference, "Predefined ARGs" */
const PREDEFINED = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'FTP_PROXY', 'ftp_proxy', 'NO_PROXY', 'no_proxy', 'ALL_PROXY', 'all_proxy']

/** @see Dockerfile reference, "Automatic platform ARGs in the global scope" */
function platformArgs(): Record<string, string> {
  const architecture = hostArchitecture()
  const platform = `linux/${architecture}`
  return {
    BUILDPLATFORM: platform,
    BUILDOS: 'linux',
    BUILDARCH: architecture,
    BUILDVARIANT: '',
    TARGETPLATFORM: platform,
    TARGETOS: 'linux',
    TARGETARCH: architecture,
    TARGETVARIANT: '',
  } // prettier-ignore
}

/** Arguments before the first FROM: FROM sees them, and a stage that declares one again without a value. */
export class GlobalArgs {
  readonly #values = new Map(Object.entries(platformArgs()))
  readonly #given: BuildArgs

  constructor(given: BuildArgs) {
    this.#given = given
  }

  declare(instruction: InstructionOf<'ARG'>): void {
    // All of a line are replaced before the first of them counts.
    const pairs = instruction.pairs.map(([name, fallback]) => [name, fallback === undefined ? undefined : this.expand(instruction, fallback)] as const)
    for (const [name, fallback] of pairs) {
      const value = this.#given[name] ?? fallback
      if (value !== undefined) this.#values.set(name, value)
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Replaces variables in a word of FROM. */
  expand(place: Pick<Instruction, 'escaping'>, word: string): string {
    return expanded(place, word, (name) => this.get(name))
  }
}

/** The arguments of one stage, in the order of their declaration. ENV wins over ARG. */
export class StageVariables {
  readonly #args = new Map<string, string>()
  readonly #given: BuildArgs
  readonly #globals: GlobalArgs

  /** @param inherited of the stage that it begins with */
  constructor(given: BuildArgs, globals: GlobalArgs, inherited?: StageVariables) {
    this.#given = given
    this.#globals = globals
    for (const [name, value] of inherited ? inherited.#args : []) this.#args.set(name, value)
  }

  /** Of an argument that was declared; ENV does not count. */
  get(name: string): string | undefined {
    return this.#args.get(name)
  }

  declare(instruction: InstructionOf<'ARG'>, env: readonly string[]): void {
    const pairs = instruction.pairs.map(([name, fallback]) => [name, fallback === undefined ? undefined : this.expand(instruction, fallback, env)] as const)
    for (const [name, fallback] of pairs) {
      const value = this.#given[name] ?? fallback ?? this.#globals.get(name)
      if (value === undefined) this.#args.delete(name)
      else this.#args.set(name, value)
    }
  }

  /** Replaces variables, quotes and escapes in one word. @throws EngineError `invalid` with docker's words */
  expand(place: Pick<Instruction, 'escaping'>, word: string, env: readonly string[]): string {
    const values = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]))
    return expanded(place, word, (name) => values.get(name) ?? this.#args.get(name) ?? this.#predefined(name))
  }

  /**
   * What a RUN step sees beyond its environment, as `NAME=value`, sorted.
   * @returns `recorded` is what of it the history and the cache know; undefined when it sees nothing
   */
  forRun(env: readonly string[]): { environment: string[]; recorded: string[] | undefined } {
    const fromEnv = new Set(env.map((entry) => entry.split('=', 1)[0]))
    const declared = [...this.#args].filter(([name]) => !fromEnv.has(name))
    const predefined = PREDEFINED.flatMap((name): [string, string][] => {
      const value = this.#args.has(name) || fromEnv.has(name) ? undefined : this.#predefined(name)
      return value === undefined ? [] : [[name, value]]
    })
    const text = ([name, value]: readonly [string, string]) => `${name}=${value}`
    const environment = [...declared, ...predefined].map(text).sort()
    return { environment, recorded: environment.length === 0 ? undefined : declared.map(text).sort() }
  }

  #predefined(name: string): string | undefined {
    return PREDEFINED.includes(name) ? (this.#given[name] ?? undefined) : undefined
  }
}

/** Given arguments that no ARG asked for. */
export function unconsumed(given: BuildArgs, consumed: ReadonlySet<string>): string[] {
  return Object.keys(given)
    .filter((name) => !consumed.has(name) && !PREDEFINED.includes(name))
    .sort()
}

function expanded({ escaping }: Pick<Instruction, 'escaping'>, word: string, lookup: (name: string) => string | undefined): string {
  try {
    return expandWord(word, lookup, escaping)
  } catch (error) {
    throw new EngineError('invalid', `failed to process ${JSON.stringify(word)}: ${messageOf(error)}`, { cause: error })
  }
}
