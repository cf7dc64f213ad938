import { type Escape, splitWords } from './words.ts'

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
  /** Where it ends, its documents included. */
  readonly lastLine: number
  readonly escaping: Escape
  readonly heredocs: readonly Heredoc[]
}

/** What a file says, and what people should know of it. */
export interface LogicalLines {
  readonly lines: readonly LogicalLine[]
  readonly warnings: readonly string[]
}

const DIRECTIVE = /^#\s*(syntax|escape|check)\s*=\s*(.+?)\s*$/i
const HEREDOC = /^\d*<<(-?)(["']?)([^<\s"']+)\2$/

/** Only these take documents; elsewhere `<<` is text. */
const TAKES_HEREDOCS = /^(?:onbuild\s+)?(?:run|copy|add)\s/i

/**
 * Cuts a Dockerfile into the texts of its instructions.
 * @throws Error with docker's words, for a bad `# escape`, or a document that does not end
 * @see Dockerfile reference, "Parser directives", "Here-Documents"
 */
export function logicalLines(dockerfile: string): LogicalLines {
  const physical = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/)
  const escaping = escapeCharacter(physical)
  const lines: LogicalLine[] = []
  const warnings: string[] = []
  for (let index = 0; index < physical.length; ) {
    const line = index + 1
    let text = ''
    let isOpen = true
    let hasEmptyLine = false
    for (let isFirst = true; isOpen && index < physical.length; isFirst = false) {
      const raw = physical[index++] ?? ''
      if (/^\s*#/.test(raw)) {
        isOpen = !isFirst
        continue
      }
      if (!isFirst && raw.trim() === '') {
        // What stands after the last newline is no line.
        hasEmptyLine ||= index < physical.length
        continue
      }
      const { part, continues } = continuation(isFirst ? raw.trimStart() : raw, escaping)
      text += part
      isOpen = continues
    }
    text = text.trim()
    if (hasEmptyLine) warnings.push(`Empty continuation line found in: ${text}`)
    if (text === '') continue
    const taken = TAKES_HEREDOCS.test(text) ? takeHeredocs(text, physical, index) : { heredocs: [], next: index }
    index = taken.next
    lines.push({ text, line, lastLine: index, escaping, heredocs: taken.heredocs })
  }
  return { lines, warnings }
}

/** Directives stand at the very top; the first other line ends them. */
function escapeCharacter(lines: readonly string[]): Escape {
  for (const line of lines) {
    const found = DIRECTIVE.exec(line)
    if (!found) return '\\'
    if (found[1]?.toLowerCase() !== 'escape') continue
    const value = found[2] ?? ''
    if (value !== '\\' && value !== '`') throw new Error(`invalid escape token '${value}' does not match \` or \\`)
    return value
  }
  return '\\'
}

/** The escape at the end of a line, unless another one stands before it. */
function continuation(raw: string, escaping: Escape): { part: string; continues: boolean } {
  const trimmed = raw.replace(/[ \t]+$/, '')
  if (!trimmed.endsWith(escaping) || trimmed.at(-2) === escaping) return { part: raw, continues: false }
  return { part: trimmed.slice(0, -1), continues: true }
}

function takeHeredocs(text: string, physical: readonly string[], from: number): { heredocs: Heredoc[]; next: number } {
  const heredocs: Heredoc[] = []
  let next = from
  for (const word of splitWords(text)) {
    const found = HEREDOC.exec(word)
    if (!found) continue
    const [, dash, quote, name = ''] = found
    const content: string[] = []
    for (;;) {
      // What stands after the last newline is no line, unless it is the end.
      if (next >= physical.length) throw new Error('unterminated heredoc')
      const raw = physical[next++] ?? ''
      const body = dash === '-' ? raw.replace(/^\t+/, '') : raw
      if (body === name) break
      content.push(`${body}\n`)
    }
    heredocs.push({ name, content: content.join(''), isLiteral: quote !== '' })
  }
  return { heredocs, next }
}

/** The document that a word of COPY or ADD stands for. */
export function heredocName(word: string): string | undefined {
  return HEREDOC.exec(word)?.[3]
}
