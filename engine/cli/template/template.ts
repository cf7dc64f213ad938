import { callFunction } from './functions.ts'
import { type Node, type Pipeline, type Place, parseTemplate, type Term } from './parse.ts'
import { TemplateError } from './tokens.ts'
import { isFields, isTruthy, printed } from './values.ts'

/**
 * A Go template, as far as docker's `--format` uses them: fields, methods, variables, pipelines, functions, `if`,
 * `with`, `range`. Not there: `define`, `template`, `block`, `break`, `continue`.
 * @see https://pkg.go.dev/text/template
 */
export class Template {
  readonly #nodes: readonly Node[]

  /** @throws TemplateError with Go's words */
  constructor(text: string) {
    this.#nodes = parseTemplate(text)
  }

  /** @throws TemplateError with Go's words, for instance when a field does not exist */
  render(data: unknown, options: { isHeader?: boolean } = {}): string {
    return new Renderer(data, options.isHeader ?? false).nodes(this.#nodes, new Scope(data, new Map([['$', data]])))
  }
}

/** What `.` and the variables mean at some place. */
class Scope {
  readonly dot: unknown
  readonly #variables: Map<string, unknown>

  constructor(dot: unknown, variables: ReadonlyMap<string, unknown>) {
    this.dot = dot
    this.#variables = new Map(variables)
  }

  set(name: string, value: unknown): void {
    this.#variables.set(name, value)
  }

  get(name: string): unknown {
    return this.#variables.get(name)
  }

  inner(dot: unknown): Scope {
    return new Scope(dot, this.#variables)
  }
}

class Renderer {
  readonly #root: unknown
  readonly #isHeader: boolean

  constructor(root: unknown, isHeader: boolean) {
    this.#root = root
    this.#isHeader = isHeader
  }

  nodes(nodes: readonly Node[], scope: Scope): string {
    return nodes.map((node) => this.#node(node, scope)).join('')
  }

  #node(node: Node, scope: Scope): string {
    if (node.type === 'text') return node.text
    const value = this.#pipeline(node.pipeline, scope)
    switch (node.type) {
      case 'print':
        return this.#declare(node.pipeline, scope, value) ? '' : printed(value)
      case 'range':
        return this.#range(node, scope, value)
      default: {
        const dot = node.type === 'with' && isTruthy(value) ? value : scope.dot
        const inner = scope.inner(dot)
        this.#declare(node.pipeline, inner, value)
        return this.nodes(isTruthy(value) ? node.body : node.otherwise, inner)
      }
    }
  }

  /** `$x := …` sets a variable and prints nothing. */
  #declare({ variables }: Pipeline, scope: Scope, value: unknown): boolean {
    for (const name of variables) scope.set(name, value)
    return variables.length > 0
  }

  #range(node: Extract<Node, { pipeline: Pipeline; body: readonly Node[] }>, scope: Scope, value: unknown): string {
    const entries = entriesOf(value)
    if (entries.length === 0) return this.nodes(node.otherwise, scope)
    const { variables } = node.pipeline
    return entries
      .map(([key, element]) => {
        const inner = scope.inner(element)
        if (variables.length === 2) inner.set(variables[0] ?? '', key)
        const last = variables.at(-1)
        if (last !== undefined) inner.set(last, element)
        return this.nodes(node.body, inner)
      })
      .join('')
  }

  #pipeline({ commands }: Pipeline, scope: Scope): unknown {
    let value: unknown
    for (const [at, terms] of commands.entries()) value = this.#command(terms, scope, at === 0 ? [] : [value])
    return value
  }

  #command([first, ...others]: readonly Term[], scope: Scope, piped: readonly unknown[]): unknown {
    if (!first) return undefined
    const values = [...others.map((term) => this.#value(term, scope)), ...piped]
    if (first.type !== 'function') return this.#value(first, scope, values)
    try {
      return callFunction(first.name, values, this.#isHeader)
    } catch (error) {
      throw failure(first.where, `error calling ${first.name}: ${error instanceof Error ? error.message : error}`)
    }
  }

  #value(term: Term, scope: Scope, values: readonly unknown[] = []): unknown {
    switch (term.type) {
      case 'dot':
        return scope.dot
      case 'constant':
        return term.value
      case 'function':
        return this.#command([term], scope, values)
      case 'field':
        return this.#follow(scope.dot, term.path, term.where, values)
      case 'variable':
        return this.#follow(term.name === '$' ? this.#root : scope.get(term.name), term.path, term.where, values)
      case 'group':
        return this.#follow(this.#pipeline(term.pipeline, scope), term.path, term.where, values)
    }
  }

  #follow(start: unknown, path: readonly string[], where: Place, values: readonly unknown[]): unknown {
    let value = start
    for (const name of path) {
      if (value === undefined || value === null) throw failure(where, `nil data; no entry for key ${JSON.stringify(name)}`)
      if (!isFields(value)) throw failure(where, `can't evaluate field ${name} in type ${Array.isArray(value) ? 'list' : typeof value}`)
      if (!(name in value)) throw failure(where, `map has no entry for key ${JSON.stringify(name)}`)
      const found = value[name]
      value = typeof found === 'function' ? found.call(value, ...values) : found
    }
    return value
  }
}

/** Lists in their order, maps in that of their keys. */
function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return [...value.entries()]
  if (isFields(value))
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]) // prettier-ignore
  return []
}

function failure({ line, column, text }: Place, why: string): TemplateError {
  return new TemplateError(`template: :${line}:${column}: executing "" at <${text}>: ${why}`)
}
