import { FUNCTION_NAMES } from './functions.ts'
import { type Section, sectionsOf, TemplateError, type Token } from './tokens.ts'

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly pipeline: Pipeline }
  | { readonly type: 'if' | 'with' | 'range'; readonly pipeline: Pipeline; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }

/** `$a, $b := first | second`: each command gets the value of the one before as its last argument. */
export interface Pipeline {
  readonly variables: readonly string[]
  readonly commands: readonly (readonly Term[])[]
}

export type Term =
  | { readonly type: 'dot' }
  | { readonly type: 'constant'; readonly value: unknown }
  | { readonly type: 'field'; readonly path: readonly string[]; readonly where: Place }
  | { readonly type: 'variable'; readonly name: string; readonly path: readonly string[]; readonly where: Place }
  | { readonly type: 'function'; readonly name: string; readonly where: Place }
  | { readonly type: 'group'; readonly pipeline: Pipeline; readonly path: readonly string[]; readonly where: Place }

export interface Place {
  readonly line: number
  readonly column: number
  readonly text: string
}

/** @throws TemplateError with Go's words. @see Go text/template */
export function parseTemplate(template: string): Node[] {
  const parser = new Parser(sectionsOf(template))
  const { nodes } = parser.nodes([])
  return nodes
}

const CONSTANTS: Readonly<Record<string, unknown>> = { true: true, false: false, nil: undefined }

class Parser {
  readonly #sections: readonly Section[]
  #next = 0

  constructor(sections: readonly Section[]) {
    this.#sections = sections
  }

  /** Reads until an action that begins with one of `ends`, which it returns; without any, until the end of the text. */
  nodes(ends: readonly string[]): { nodes: Node[]; end: ActionReader | undefined } {
    const nodes: Node[] = []
    for (let section = this.#sections[this.#next++]; section; section = this.#sections[this.#next++]) {
      if (section.type === 'text') {
        nodes.push(section)
        continue
      }
      const action = new ActionReader(section.tokens, section.line)
      const keyword = action.keyword()
      if (ends.includes(keyword)) return { nodes, end: action }
      nodes.push(this.#node(keyword, action))
    }
    if (ends.length > 0) throw new TemplateError(`template: :${lastLine(this.#sections)}: unexpected EOF`)
    return { nodes, end: undefined }
  }

  #node(keyword: string, action: ActionReader): Node {
    if (keyword === 'if' || keyword === 'with' || keyword === 'range') return this.#block(keyword, action)
    if (keyword !== '') throw action.unexpected(`{{${keyword}}}`)
    return { type: 'print', pipeline: action.wholePipeline() }
  }

  #block(type: 'if' | 'with' | 'range', action: ActionReader): Node {
    const pipeline = action.wholePipeline()
    const { nodes: body, end } = this.nodes(['else', 'end'])
    if (end?.first !== 'else') return { type, pipeline, body, otherwise: [] }
    const chained = end.chainedKeyword()
    if (chained) return { type, pipeline, body, otherwise: [this.#block(chained, end)] }
    return { type, pipeline, body, otherwise: this.nodes(['end']).nodes }
  }
}

function lastLine(sections: readonly Section[]): number {
  return sections.findLast((section) => section.type === 'action')?.line ?? 1
}

const KEYWORDS = ['if', 'with', 'range', 'else', 'end', 'define', 'template', 'block', 'break', 'continue']

/** The tokens of one action, read from the left. */
class ActionReader {
  readonly #tokens: readonly Token[]
  readonly #line: number
  #at = 0

  constructor(tokens: readonly Token[], line: number) {
    this.#tokens = tokens
    this.#line = line
  }

  get first(): string | undefined {
    return this.#tokens[0]?.text
  }

  /** The keyword at the start, which is then read; empty when there is none. */
  keyword(): string {
    const token = this.#tokens[0]
    if (token?.type !== 'word' || !KEYWORDS.includes(token.text)) return ''
    this.#at = 1
    return token.text
  }

  /** `else if` and `else with`. */
  chainedKeyword(): 'if' | 'with' | undefined {
    const text = this.#tokens[this.#at]?.text
    if (text !== 'if' && text !== 'with') return undefined
    this.#at += 1
    return text
  }

  wholePipeline(): Pipeline {
    const pipeline = this.#pipeline()
    const extra = this.#tokens[this.#at]
    if (extra) throw this.unexpected(JSON.stringify(extra.text))
    return pipeline
  }

  #pipeline(): Pipeline {
    const variables = this.#variables()
    const commands = [this.#command()]
    while (this.#tokens[this.#at]?.text === '|') {
      this.#at += 1
      commands.push(this.#command())
    }
    return { variables, commands }
  }

  #variables(): string[] {
    const names: string[] = []
    let at = this.#at
    for (;;) {
      const token = this.#tokens[at]
      if (token?.type !== 'variable') return []
      names.push(token.text)
      const next = this.#tokens[at + 1]?.text
      if (next !== ':=' && next !== '=' && next !== ',') return []
      at += 2
      if (next === ',') continue
      this.#at = at
      return names
    }
  }

  #command(): Term[] {
    const terms: Term[] = []
    for (let token = this.#tokens[this.#at]; token && token.text !== '|' && token.text !== ')'; token = this.#tokens[this.#at]) {
      this.#at += 1
      terms.push(this.#term(token))
    }
    if (terms.length === 0) throw new TemplateError(`template: :${this.#line}: missing value for command`)
    return terms
  }

  #term(token: Token): Term {
    const where = { line: this.#line, column: token.column, text: token.text }
    switch (token.type) {
      case 'literal':
        return { type: 'constant', value: token.value }
      case 'field':
        return { type: 'field', path: token.path, where }
      case 'variable':
        return { type: 'variable', name: token.text, path: this.#attachedPath(), where }
      case 'word':
        if (token.text in CONSTANTS) return { type: 'constant', value: CONSTANTS[token.text] }
        if (!FUNCTION_NAMES.has(token.text)) throw new TemplateError(`template: :${this.#line}: function ${JSON.stringify(token.text)} not defined`)
        return { type: 'function', name: token.text, where }
      default:
        if (token.text === '.') return { type: 'dot' }
        if (token.text !== '(') throw this.unexpected(JSON.stringify(token.text))
        return this.#group(where)
    }
  }

  #group(where: Place): Term {
    const pipeline = this.#pipeline()
    if (this.#tokens[this.#at]?.text !== ')') throw new TemplateError(`template: :${this.#line}: unclosed left paren`)
    this.#at += 1
    return { type: 'group', pipeline, path: this.#attachedPath(), where }
  }

  /** `.A.B` right behind a variable or a closing bracket. */
  #attachedPath(): readonly string[] {
    const token = this.#tokens[this.#at]
    if (token?.type !== 'field' || !token.isAttached) return []
    this.#at += 1
    return token.path
  }

  unexpected(what: string): TemplateError {
    return new TemplateError(`template: :${this.#line}: unexpected ${what}`)
  }
}
