import type { Option } from 'commander'

/** What of a command says how its line is read. */
export interface LineShape {
  readonly options: readonly Option[]
  readonly stopsAtFirstArgument?: boolean
}

/** Where a word stands that is to be completed. */
export interface Position {
  /** The flag whose value the word is. */
  readonly pending?: Option
  /** The arguments before it. */
  readonly operands: readonly string[]
  readonly mayBeFlag: boolean
}

/** Reads what was typed so far as the command itself would. @param words all but the one that is being typed */
export function positionAfter({ options, stopsAtFirstArgument }: LineShape, words: readonly string[]): Position {
  const operands: string[] = []
  let pending: Option | undefined
  for (const [at, word] of words.entries()) {
    if (pending) pending = undefined
    else if (word === '--') return { operands: [...operands, ...words.slice(at + 1)], mayBeFlag: false }
    else if (word.startsWith('--')) pending = options.find(({ long, required }) => required && long === word)
    else if (word.startsWith('-') && word !== '-') pending = waitingShort(options, word)
    else if (stopsAtFirstArgument) return { operands: words.slice(at), mayBeFlag: false }
    else operands.push(word)
  }
  return { pending, operands, mayBeFlag: true }
}

/** `-itp` waits for the value of `-p`; `-p80:80` and `-p=80:80` have it. */
function waitingShort(options: readonly Option[], word: string): Option | undefined {
  for (const [at, letter] of [...word.slice(1)].entries()) {
    const option = options.find(({ short }) => short === `-${letter}`)
    if (option?.required) return at === word.length - 2 ? option : undefined
  }
  return undefined
}
