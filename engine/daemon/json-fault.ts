/**
 * Where a text stops being JSON, from line 1. The parser does not always tell, so it reads line by line more of the text: as
 * long as it only misses the end, all is well so far.
 * @param text that JSON.parse has refused
 */
export function faultLine(text: string): number {
  const lines = text.trimEnd().split('\n')
  for (let count = 1; count < lines.length; count += 1) {
    const message = refusal(lines.slice(0, count).join('\n'))
    if (message !== undefined && !missesOnlyItsEnd(message, lines.slice(0, count).join('\n'))) return Number(/\(line (\d+) /.exec(message)?.[1] ?? count)
  }
  return lines.length
}

function refusal(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function missesOnlyItsEnd(message: string, text: string): boolean {
  if (/^(Unexpected end|Unterminated)/.test(message)) return true
  const position = /at position (\d+)/.exec(message)?.[1]
  return position !== undefined && Number(position) >= text.trimEnd().length
}
