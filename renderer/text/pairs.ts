/** `KEY=value` a line, as docker's `--label` and `--opt` take them: a key alone has an empty value, and what comes later wins. */
export function readPairs(text: string): Record<string, string> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  return Object.fromEntries(
    lines.map((line) => {
      const cut = line.indexOf('=')
      return cut < 0 ? [line, ''] : [line.slice(0, cut), line.slice(cut + 1)]
    }),
  )
}
