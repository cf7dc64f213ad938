/** What `# escape` chooses; a backslash unless said otherwise. */
export type Escape = '\\' | '`'

/** Gives the value of a variable, or undefined where there is none. */
export type Lookup = (name: string) => string | undefined

/**
 * Splits at white space that is neither quoted nor escaped; quotes and escapes stay for {@link expandWord}.
 * @see Dockerfile reference, "ENV"
 */
export function splitWords(text: string, escaping: Escape = '\\'): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === escaping && quote !== "'" && index + 1 < text.length) word += character + text[++index]
    else if (quote !== '') {
      word += character
      if (character === quote) quote = ''
    } else if (/\s/.test(character)) {
      if (word !== '') words.push(word)
      word = ''
    } else {
      word += character
      if (character === '"' || character === "'") quote = character
    }
  }
  return word === '' ? words : [...words, word]
}

/** Splits at white space, whatever the quotes: where names of files and ports stand. */
export function plainWords(text: string): string[] {
  return text.split(/[\t\v\f\r ]+/).filter((word) => word !== '')
}

/**
 * Replaces variables and takes quotes and escapes away, as a shell would, without splitting.
 * @throws Error for `${` without its end, or a modifier that is not known
 * @see Dockerfile reference, "Environment replacement"
 */
export function expandWord(word: string, lookup: Lookup, escaping: Escape = '\\'): string {
  return new Expansion(word, lookup, escaping).result()
}

class Expansion {
  readonly #text: string
  readonly #lookup: Lookup
  readonly #escaping: Escape
  #position = 0

  constructor(text: string, lookup: Lookup, escaping: Escape) {
    this.#text = text
    this.#lookup = lookup
    this.#escaping = escaping
  }

  result(): string {
    return this.#until('')
  }

  /** Everything up to `end`, which is consumed; up to the end of the text for `''`. */
  #until(end: string): string {
    let out = ''
    while (this.#position < this.#text.length) {
      const character = this.#text[this.#position++] ?? ''
      if (end !== '' && character === end) return out
      if (character === this.#escaping) out += this.#text[this.#position++] ?? ''
      else if (character === "'") out += this.#literal()
      else if (character === '"') out += this.#quoted()
      else if (character === '$') out += this.#variable()
      else out += character
    }
    if (end === '}') throw new Error("syntax error: missing '}'")
    return out
  }

  #literal(): string {
    const close = this.#text.indexOf("'", this.#position)
    if (close < 0) throw new Error('unexpected end of statement while looking for matching single-quote')
    const text = this.#text.slice(this.#position, close)
    this.#position = close + 1
    return text
  }

  #quoted(): string {
    let out = ''
    while (this.#position < this.#text.length) {
      const character = this.#text[this.#position++] ?? ''
      if (character === '"') return out
      const next = this.#text[this.#position] ?? ''
      if (character === this.#escaping && ['"', '$', this.#escaping].includes(next)) {
        out += next
        this.#position++
      } else out += character === '$' ? this.#variable() : character
    }
    throw new Error('unexpected end of statement while looking for matching double-quote')
  }

  #variable(): string {
    if (this.#text[this.#position] === '{') {
      this.#position++
      return this.#braced()
    }
    const name = /^(?:[a-zA-Z_]\w*|\d+|[@*#?!$-])/.exec(this.#text.slice(this.#position))?.[0]
    if (name === undefined) return '$'
    this.#position += name.length
    return this.#lookup(name) ?? ''
  }

  #braced(): string {
    if (this.#position >= this.#text.length) throw new Error("syntax error: missing '}'")
    const name = /^\w+/.exec(this.#text.slice(this.#position))?.[0]
    if (name === undefined) throw new Error('syntax error: bad substitution')
    this.#position += name.length
    const value = this.#lookup(name)
    const operator = /^(?::?[-+?]|\}|##?|%%?|\/\/?)/.exec(this.#text.slice(this.#position))?.[0]
    if (operator === undefined) {
      const found = this.#text.slice(this.#position, this.#position + (this.#text[this.#position] === ':' ? 2 : 1))
      throw new Error(`unsupported modifier (${found}) in substitution`)
    }
    this.#position += operator.length
    if (operator === '}') return value ?? ''
    const word = this.#until('}')
    const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
    switch (operator.at(-1)) {
      case '-':
        return isSet ? (value ?? '') : word
      case '+':
        return isSet ? word : ''
      case '?':
        if (!isSet) throw new Error(`${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`)
        return value ?? ''
      case '#':
        return withoutPrefix(value ?? '', word, operator === '##')
      case '%':
        return withoutSuffix(value ?? '', word, operator === '%%')
      default:
        return replaced(value ?? '', word, operator === '//')
    }
  }
}

function withoutPrefix(value: string, pattern: string, isGreedy: boolean): string {
  return value.replace(new RegExp(`^${globSource(pattern, isGreedy)}`, 's'), '')
}

/** The shortest suffix is the one that begins last: each place is tried from there. */
function withoutSuffix(value: string, pattern: string, isGreedy: boolean): string {
  const whole = new RegExp(`^${globSource(pattern, true)}$`, 's')
  const starts = [...value, ''].map((_, index) => index)
  const start = (isGreedy ? starts : starts.reverse()).find((index) => whole.test(value.slice(index)))
  return start === undefined ? value : value.slice(0, start)
}

function replaced(value: string, word: string, all: boolean): string {
  const cut = word.indexOf('/')
  const [pattern, replacement] = cut < 0 ? [word, ''] : [word.slice(0, cut), word.slice(cut + 1)]
  return value.replace(new RegExp(globSource(pattern, true), all ? 'gs' : 's'), () => replacement)
}

function globSource(pattern: string, isGreedy: boolean): string {
  return pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', isGreedy ? '.*' : '.*?')
}
