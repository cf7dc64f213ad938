/** A larger one is downloaded: a field that one types into grows slow. */
export const MAX_EDIT_BYTES = 1_000_000

/** A text that can be edited without changing anything else of its file. */
export interface TextFile {
  /** With `\n` at the ends of lines, as fields have it. */
  readonly text: string
  readonly lineEnd: '\n' | '\r\n'
}

/** Undefined for what is no text: not UTF-8, or with bytes that no text has; and where lines end in more than one way. */
export function readTextFile(bytes: Uint8Array): TextFile | undefined {
  if (bytes.includes(0)) return undefined
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined // Not UTF-8.
  }
  if (!text.includes('\r')) return { text, lineEnd: '\n' }
  const plain = text.replaceAll('\r\n', '\n')
  return plain.includes('\r') || plain.replaceAll('\n', '\r\n') !== text ? undefined : { text: plain, lineEnd: '\r\n' }
}

/** The bytes of a text that was edited. */
export function writeTextFile({ text, lineEnd }: TextFile): Blob {
  return new Blob([text.replaceAll('\n', lineEnd)])
}
