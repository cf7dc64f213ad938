/** A piece of what stands between `{{` and `}}`. */
export type Token =
  | { readonly type: 'word' | 'variable' | 'symbol'; readonly text: string; readonly column: number }
  | { readonly type: 'field'; readonly path: readonly string[]; readonly text: string; readonly column: number; readonly isAttached: boolean }
  | { readonly type: 'literal'; readonly value: string | number; readonly text: string; readonly column: number }

/** Plain text, or an action. */
export type Section = { readonly type: 'text'; readonly text: string } | { readonly type: 'action'; readonly tokens: readonly Token[]; readonly line: number }

export class TemplateError extends Error {}

/**
 * Cuts a template into text and actions; `{{-` and `-}}` trim the text beside them, comments are dropped.
 * @throws TemplateError with Go's words
 * @see Go text/template, "Text and spaces"
 */
export function sectionsOf(template: string): Section[] {
  const sections: Section[] = []
  let at = 0
  let trimsNext = false
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    const text = template.slice(at, open < 0 ? undefined : open)
    const trimsBefore = open >= 0 && /^\{\{-\s/.test(template.slice(open, open + 4))
    const trimmed = trimsBefore ? text.trimEnd() : text
    const kept = trimsNext ? trimmed.trimStart() : trimmed
    if (kept !== '') sections.push({ type: 'text', text: kept })
    if (open < 0) break
    const { end, tokens, trimsAfter } = readAction(template, open)
    if (tokens.length > 0) sections.push({ type: 'action', tokens, line: lineOf(template, open) })
    trimsNext = trimsAfter
    at = end
  }
  return sections
}

const COMMENT = /^\{\{(?:-\s)?\/\*[\s\S]*?\*\/(\s-)?\}\}/

function readAction(template: string, open: number): { end: number; tokens: Token[]; trimsAfter: boolean } {
  const comment = COMMENT.exec(template.slice(open))
  if (comment) return { end: open + comment[0].length, tokens: [], trimsAfter: comment[1] !== undefined }
  const tokens: Token[] = []
  let at = open + 2
  if (/^-\s/.test(template.slice(at, at + 2))) at += 1
  for (;;) {
    const spaces = /^\s*/.exec(template.slice(at))?.[0].length ?? 0
    const hasGap = spaces > 0
    at += spaces
    const rest = template.slice(at)
    if (rest.startsWith('}}')) return { end: at + 2, tokens, trimsAfter: false }
    if (hasGap && rest.startsWith('-}}')) return { end: at + 3, tokens, trimsAfter: true }
    if (rest === '') throw new TemplateError(`template: :${lineOf(template, open)}: unclosed action`)
    const token = readToken(rest, columnOf(template, at), tokens.length > 0 && !hasGap)
    if (!token) throw new TemplateError(`template: :${lineOf(template, at)}: unexpected ${JSON.stringify(rest[0])} in command`)
    tokens.push(token)
    at += token.text.length
  }
}

function readToken(rest: string, column: number, isAttached: boolean): Token | undefined {
  const match = (pattern: RegExp) => pattern.exec(rest)?.[0]
  const field = match(/^(?:\.[\p{L}_][\p{L}\p{N}_]*)+/u)
  if (field !== undefined) return { type: 'field', path: field.slice(1).split('.'), text: field, column, isAttached }
  const quoted = match(/^"(?:[^"\\\n]|\\.)*"/)
  if (quoted !== undefined) return { type: 'literal', value: JSON.parse(quoted), text: quoted, column }
  const raw = match(/^`[^`]*`/)
  if (raw !== undefined) return { type: 'literal', value: raw.slice(1, -1), text: raw, column }
  const number = match(/^[+-]?\d+(?:\.\d+)?/)
  if (number !== undefined) return { type: 'literal', value: Number(number), text: number, column }
  const variable = match(/^\$[\p{L}\p{N}_]*/u)
  if (variable !== undefined) return { type: 'variable', text: variable, column }
  const word = match(/^[\p{L}_][\p{L}\p{N}_]*/u)
  if (word !== undefined) return { type: 'word', text: word, column }
  const symbol = match(/^(?::=|[.|(),=])/)
  return symbol === undefined ? undefined : { type: 'symbol', text: symbol, column }
}

function lineOf(template: string, at: number): number {
  return template.slice(0, at).split('\n').length
}

function columnOf(template: string, at: number): number {
  return at - (template.lastIndexOf('\n', at - 1) + 1)
}
