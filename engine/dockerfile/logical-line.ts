import { parseError } from './parse-error.ts'

/** A document that stands below an instruction: `RUN <<EOF … EOF`. */
export interface Heredoc {
  /** The word that ends it; for COPY the name of the file. */
  readonly name: string
  readonly content: string
  /** `<<"EOF"`: variables stay as they are. */
  readonly isLiteral: boolean
}

/** One instruction's text: continuations joined, comments gone, its documents beside it. */
export interface LogicalLine {
  readonly text: string
  /** Of the file, from 1. */
  readonly line: number
  readonly heredocs: readonly Heredoc[]
}

const DIRECTIVE = /^#\s*(syntax|escape|check)\s*=\s*(.+?)\s*$/i
const HEREDOC = /(?:^|\s)\d*<<(-?)(["']?)([a-zA-Z_][\w.]*)\2(?=\s|$)/g

/** Only these take documents; elsewhere `<<` is text. */
const TAKES_HEREDOCS = /^(?:onbuild\s+)?(?:run|copy|add)\s/i

/**
 * Cuts a Dockerfile into the texts of its instructions.
 * @throws EngineError `invalid` for a bad `# escape`, or a document that does not end
 * @see Dockerfile reference, "Parser directives", "Here-Documents"
 */
export function logicalLines(dockerfile: string): LogicalLine[] {
  const physical = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/)
  const escaping = escapeCharacter(physical)
  const found: LogicalLine[] = []
  for (let index = 0; index < physical.length; ) {
    const line = index + 1
    let text = ''
    let isOpen = false
    do {
      const raw = physical[index] ?? ''
      index++
      if (/^\s*#/.test(raw) || (isOpen && raw.trim() === '')) continue
      const { part, continues } = continuation(raw, escaping)
      text += text === '' ? part.trimStart() : part
      isOpen = continues
      if (!continues) break
    } while (isOpen && index < physical.length)
    text = text.trim()
    if (text === '') continue
    const taken = TAKES_HEREDOCS.test(text) ? takeHeredocs(text, physical, index, line) : { heredocs: [], next: index }
    index = taken.next
    found.push({ text, line, heredocs: taken.heredocs })
  }
  return found
}

/** Directives stand at the very top; the first other line ends them. */
function escapeCharacter(lines: readonly string[]): string {
  for (const [index, line] of lines.entries()) {
    const found = DIRECTIVE.exec(line)
    if (!found) return '\\'
    if (found[1]?.toLowerCase() !== 'escape') continue
    const value = found[2] ?? ''
    if (value !== '\\' && value !== '`') throw parseError(index + 1, `invalid ESCAPE '${value}'. Must be \` or \\`)
    return value
  }
  return '\\'
}

function continuation(raw: string, escaping: string): { part: string; continues: boolean } {
  const trimmed = raw.trimEnd()
  if (!trimmed.endsWith(escaping)) return { part: raw, continues: false }
  return { part: trimmed.slice(0, -1), continues: true }
}

function takeHeredocs(text: string, physical: readonly string[], from: number, line: number): { heredocs: Heredoc[]; next: number } {
  const heredocs: Heredoc[] = []
  let next = from
  for (const [, dash, quote, name = ''] of text.matchAll(HEREDOC)) {
    const content: string[] = []
    for (;;) {
      if (next >= physical.length) throw parseError(line, `unterminated heredoc`)
      const raw = physical[next++] ?? ''
      const body = dash === '-' ? raw.replace(/^\t+/, '') : raw
      if (body === name) break
      content.push(`${body}\n`)
    }
    heredocs.push({ name, content: content.join(''), isLiteral: quote !== '' })
  }
  return { heredocs, next }
}
