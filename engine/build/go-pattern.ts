const NOTHING = /(?!)/

/**
 * A pattern for one name as Go's `filepath.Match` takes it: `*`, `?`, `[a-z]`, `[^a-z]`, and `\\` before any of them.
 * One that is none matches nothing.
 * @see https://pkg.go.dev/path/filepath#Match
 */
export function goPattern(pattern: string): RegExp {
  const parts = [...pattern.matchAll(/\\(.)|\*|\?|\[(\^?)((?:\\.|[^\]\\])+)\]|[^\\]/gsu)]
  const isWhole = parts.map(([whole]) => whole).join('') === pattern && parts.every(([whole]) => whole !== '[')
  if (!isWhole) return NOTHING
  const source = parts.map(([whole, escaped, negated, members]) => {
    if (escaped !== undefined) return literal(escaped)
    if (whole === '*') return '[^/]*'
    if (whole === '?') return '[^/]'
    return members === undefined ? literal(whole) : `[${negated}${members.replace(/(?<!\\)[[^&]/g, '\\$&')}]`
  })
  try {
    return new RegExp(`^${source.join('')}$`, 'su')
  } catch {
    return NOTHING // A range that runs backwards.
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
