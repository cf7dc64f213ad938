/**
 * Compares two versions of Debian packages: negative when `a` is older.
 * @see deb-version(7), "Sorting algorithm"
 */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)]
  return left.epoch - right.epoch || compareParts(left.upstream, right.upstream) || compareParts(left.revision, right.revision)
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version) ?? []
  const dash = rest.lastIndexOf('-')
  return { epoch: Number(epoch), upstream: dash < 0 ? rest : rest.slice(0, dash), revision: dash < 0 ? '' : rest.slice(dash + 1) }
}

/** What is no digit goes first, character by character; then the digits as a number; and so on. */
function compareParts(a: string, b: string): number {
  let [left, right] = [a, b]
  while (left !== '' || right !== '') {
    const [words, otherWords] = [/^\D*/.exec(left)?.[0] ?? '', /^\D*/.exec(right)?.[0] ?? '']
    for (let at = 0; at < Math.max(words.length, otherWords.length); at++) {
      const difference = weight(words[at]) - weight(otherWords[at])
      if (difference !== 0) return difference
    }
    ;[left, right] = [left.slice(words.length), right.slice(otherWords.length)]
    const [digits, otherDigits] = [/^\d*/.exec(left)?.[0] ?? '', /^\d*/.exec(right)?.[0] ?? '']
    const difference = Number(digits) - Number(otherDigits)
    if (difference !== 0) return difference
    ;[left, right] = [left.slice(digits.length), right.slice(otherDigits.length)]
  }
  return 0
}

/** A tilde sorts before the end, the end before letters, letters before the rest. */
function weight(character: string | undefined): number {
  if (character === '~') return -1
  if (character === undefined) return 0
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256
}
