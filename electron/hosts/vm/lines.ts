import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Of characters; a longer line is told in pieces. */
const LONGEST_LINE = 16 * 1024

/**
 * Tells the lines of a stream, without their ends (LF, CR LF or CR). Who talks without end fills no memory. What else
 * happens to the stream is its owner's to hear: readline's interface would need a listener for its errors, too.
 */
export function onLines(stream: Readable, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const tell = (line: string) => {
    for (let at = 0; at === 0 || at < line.length; at += LONGEST_LINE) take(line.slice(at, at + LONGEST_LINE))
  }
  stream.on('data', (bytes: Buffer) => {
    // A CR that is the last so far may have its LF still to come.
    const lines = (rest + decoder.write(bytes)).split(/\r?\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) tell(line)
    const whole = rest.length - (rest.length % LONGEST_LINE)
    if (whole > 0) tell(rest.slice(0, whole))
    rest = rest.slice(whole)
  })
  stream.on('end', () => {
    rest += decoder.end()
    if (rest !== '') tell(rest.replace(/\r$/, ''))
  })
}
