import { isRecord, type JsonRecord } from './json.ts'

/** The objects of a stream with one JSON document per line (events, progress). A line that is not an object is skipped. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const parsed = parseLine(line)
      if (parsed) yield parsed
    }
  }
  const last = parseLine(rest)
  if (last) yield last
}

function parseLine(line: string): JsonRecord | undefined {
  if (line.trim() === '') return undefined
  const parsed: unknown = JSON.parse(line)
  return isRecord(parsed) ? parsed : undefined
}
