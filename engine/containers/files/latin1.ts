/** A path or name as people and JSON have it: in this folder they are Latin-1 text, one character a byte. Bytes that are no UTF-8 become U+FFFD. */
export function textOf(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}
