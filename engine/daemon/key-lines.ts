/** On which line, from 1, each key of a JSON object stands; of objects within, nothing. @param text JSON that was parsed already */
export function keyLines(text: string): Map<string, number> {
  const lines = new Map<string, number>()
  let depth = 0
  let line = 1
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]\n]/g)) {
    const key = depth === 1 ? /^("(?:[^"\\]|\\.)*")\s*:$/.exec(token)?.[1] : undefined
    if (key !== undefined) lines.set(String(JSON.parse(key)), line)
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    line += token.split('\n').length - 1
  }
  return lines
}
