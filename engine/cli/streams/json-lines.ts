import type { Readable } from 'node:stream'

/** The objects of a stream of JSON lines, as they come. @throws SyntaxError for a line that is no JSON */
export async function* jsonLines<T>(source: Readable): AsyncGenerator<T> {
  let rest = ''
  source.setEncoding('utf8')
  for await (const chunk of source) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line)
  }
  if (rest.trim() !== '') yield JSON.parse(rest)
}
