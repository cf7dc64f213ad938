import { type KeyObject, verify } from 'node:crypto'

/** What a signature stands on besides the words: with it, nothing else that the key signs passes for news of a release. */
const PURPOSE = 'engineroom update metadata\n'
const LINE = /^# signed ed25519 ([A-Za-z0-9+/]{86}==)$/

/** What a release key signs, of the words of a feed. */
export function signedBytes(words: string): Buffer {
  return Buffer.from(PURPOSE + words)
}

/** A feed's file: its signature first, in a comment, so that file and signature are never of two times. */
export function withSignature(words: string, signature: Uint8Array): string {
  return `# signed ed25519 ${Buffer.from(signature).toString('base64')}\n${words}`
}

/**
 * @param text a feed's file, as it came
 * @param key the public half of the release key
 * @returns the words that it signs
 * @throws Error for a file that nobody signed, or somebody else
 */
export function signedWords(text: string, key: KeyObject): string {
  const end = text.indexOf('\n')
  const [, signature] = LINE.exec(text.slice(0, end)) ?? []
  if (signature === undefined) throw new Error('The news of this release are not signed.')
  const words = text.slice(end + 1)
  if (!verify(null, signedBytes(words), key, Buffer.from(signature, 'base64')))
    throw new Error('The news of this release are not signed by whoever made this program.')
  return words
}
