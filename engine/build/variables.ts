import type { Instruction, InstructionOf } from '../dockerfile/instruction.ts'
import { parseError } from '../dockerfile/parse-error.ts'
import { expandWord } from '../dockerfile/words.ts'
import { messageOf } from '../errors.ts'
import { hostArchitecture } from '../images/image.ts'

type BuildArgs = Readonly<Record<string, string | null>>

/** These may be given without an ARG, and never end up in the cache's key. @see Dockerfile reference, "Predefined ARGs" */
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
    for (const [name, fallback] of instruction.pairs) {
      const value = this.#given[name] ?? (fallback === undefined ? undefined : this.expand(instruction, fallback))
      if (value !== undefined) this.#values.set(name, value)
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Replaces variables in a word of FROM. */
  expand(place: Pick<Instruction, 'line'>, word: string): string {
    return expanded(place, word, (name) => this.get(name))
  }
}

/** The arguments of one stage, in the order of their declaration. ENV wins over ARG. */
export class StageVariables {
  readonly #args = new Map<string, string>()
  readonly #given: BuildArgs
  readonly #globals: GlobalArgs
  readonly #consumed: Set<string>

  /** @param consumed told which of the given arguments were declared */
  constructor(given: BuildArgs, globals: GlobalArgs, consumed: Set<string>) {
    this.#given = given
    this.#globals = globals
    this.#consumed = consumed
  }

  declare(instruction: InstructionOf<'ARG'>, env: readonly string[]): void {
    for (const [name, fallback] of instruction.pairs) {
      this.#consumed.add(name)
      const value = this.#given[name] ?? (fallback === undefined ? this.#globals.get(name) : this.expand(instruction, fallback, env))
      if (value === undefined) this.#args.delete(name)
      else this.#args.set(name, value)
    }
  }

  /** Replaces variables, quotes and escapes in one word. @throws EngineError `invalid` with the line */
  expand(place: Pick<Instruction, 'line'>, word: string, env: readonly string[]): string {
    const values = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]))
    return expanded(place, word, (name) => values.get(name) ?? this.#args.get(name))
  }

  /** What a RUN step sees beyond its environment, as `NAME=value`, sorted. */
  forRun(env: readonly string[]): { environment: string[]; cacheKey: string[] } {
    const fromEnv = new Set(env.map((entry) => entry.split('=', 1)[0]))
    const declared = [...this.#args].filter(([name]) => !fromEnv.has(name))
    const predefined = PREDEFINED.filter((name) => !this.#args.has(name) && !fromEnv.has(name) && typeof this.#given[name] === 'string')
    const text = ([name, value]: readonly [string, string]) => `${name}=${value}`
    return {
      environment: [...declared.map(text), ...predefined.map((name) => text([name, this.#given[name] ?? '']))].sort(),
      cacheKey: declared
        .filter(([name]) => !PREDEFINED.includes(name))
        .map(text)
        .sort(),
    }
  }
}

/** Given arguments that no ARG asked for. */
export function unconsumed(given: BuildArgs, consumed: ReadonlySet<string>): string[] {
  return Object.keys(given)
    .filter((name) => !consumed.has(name) && !PREDEFINED.includes(name))
    .sort()
}

function expanded({ line }: Pick<Instruction, 'line'>, word: string, lookup: (name: string) => string | undefined): string {
  try {
    return expandWord(word, lookup)
  } catch (error) {
    throw parseError(line, `failed to process ${JSON.stringify(word)}: ${messageOf(error)}`)
  }
}
