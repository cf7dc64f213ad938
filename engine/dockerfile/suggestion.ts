/** How far off a word may be from what was probably meant. */
const NEAR = 3

/** ` (did you mean COPY?)` for a word that is nearly one of those that there are, in the word's own case; nothing otherwise. */
export function suggestion(word: string, known: readonly string[]): string {
  const best = nearest(
    word.toLowerCase(),
    known.map((one) => one.toLowerCase()),
  )
  return best === undefined ? '' : ` (did you mean ${word === word.toUpperCase() ? best.toUpperCase() : best}?)`
}

/** The one that a word was probably meant to be; undefined when there is none, or the word is one of them. Case counts. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((one) => ({ one, distance: distanceBetween(word, one) }))
    .filter(({ distance }) => distance < NEAR)
    .sort((a, b) => a.distance - b.distance)
  return best && best.distance > 0 ? best.one : undefined
}

/** Levenshtein's: how many letters have to be put in, taken out or changed. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [line, letter] of [...a].entries()) {
    const next = [line + 1]
    for (const [column, other] of [...b].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
