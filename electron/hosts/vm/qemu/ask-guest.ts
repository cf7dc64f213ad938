import type { MachineProcess } from '../machine-process.ts'

type Console = Pick<MachineProcess, 'onLine' | 'type' | 'ended'>

/** The words on a guest's console that answer what was typed there; what follows `no` is why not. */
export interface GuestAnswers {
  readonly yes: string
  readonly no: string
}

/**
 * Types a word on the guest's serial console, and waits for the answer. A guest of an older image gives none.
 * @returns undefined for yes, else why not
 */
export async function askGuest(child: Console, word: string, { yes, no }: GuestAnswers, deadlineMs: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const hearNoMore = child.onLine((line) => {
    if (line.endsWith(yes)) resolve(undefined)
    const at = line.indexOf(no)
    if (at !== -1)
      resolve(
        line
          .slice(at + no.length)
          .replace(/^: /, '')
          .trim(),
      )
  })
  const late = setTimeout(() => resolve('the guest does not answer'), deadlineMs)
  void child.ended.then(({ reason }) => resolve(reason))
  child.type(word)
  try {
    return await promise
  } finally {
    clearTimeout(late)
    hearNoMore()
  }
}
