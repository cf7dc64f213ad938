import { EngineError } from '../errors.ts'
import { goBoolean, notABoolean } from '../json/go-values.ts'

/** Options of an output or a cache. Each is taken once; what nobody has taken is refused by its name. */
export class Attributes {
  readonly #left: Map<string, string>
  readonly #whose: string

  /** @param whose e.g. `output oci`, for messages */
  constructor(attributes: Readonly<Record<string, string>>, whose: string) {
    this.#left = new Map(Object.entries(attributes))
    this.#whose = whose
  }

  text(name: string): string | undefined {
    const value = this.#left.get(name)
    this.#left.delete(name)
    return value
  }

  /** An empty one is true. @throws EngineError `invalid` with BuildKit's words */
  flag(name: string, otherwise: boolean): boolean {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = text === '' ? true : goBoolean(text)
    if (value === undefined) throw new EngineError('invalid', `non-bool value specified for ${name}: ${notABoolean(text)}`)
    return value
  }

  /** @throws EngineError `invalid` with BuildKit's words */
  integer(name: string): number | undefined {
    const text = this.text(name)
    if (text === undefined || text === '') return undefined
    if (!/^[+-]?\d{1,15}$/.test(text)) throw new EngineError('invalid', `non-integer value ${text} specified for ${name}`)
    return Number(text)
  }

  /** All of which the names match. */
  matching(pattern: RegExp): { readonly match: RegExpExecArray; readonly value: string }[] {
    return [...this.#left.keys()].flatMap((name) => {
      const match = pattern.exec(name)
      return match ? [{ match, value: this.text(name) ?? '' }] : []
    })
  }

  /** @throws EngineError `not-implemented` */
  refuseIf(isGiven: boolean, name: string, why = ''): void {
    if (isGiven) throw new EngineError('not-implemented', `the option ${name} of the ${this.#whose} is not implemented by this engine${why}`)
  }

  /** @throws EngineError `not-implemented` for what nobody has taken */
  refuseRest(why = ''): void {
    for (const name of this.#left.keys()) this.refuseIf(true, name, why)
  }
}
