import { expect, test } from 'vitest'
import { guestGrows } from './guest-grows.ts'

/** A console on which this is said once something is typed. */
function guestThatSays(...lines: readonly string[]) {
  const listeners = new Set<(line: string) => void>()
  return {
    typed: [] as string[],
    listeners,
    ended: new Promise<never>(() => undefined),
    onLine(listener: (line: string) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    type(line: string) {
      this.typed.push(line)
      for (const said of lines) for (const listener of listeners) listener(said)
    },
  }
}

test.each([
  [['something else', 'engineroom: disk grown'], true],
  [['engineroom: disk not grown: No space left on device'], false],
])('a guest that says %j', async (lines, isGrown) => {
  const guest = guestThatSays(...lines)
  expect(await guestGrows(guest)).toBe(isGrown)
  expect(guest.typed).toEqual(['grow-disk'])
  expect(guest.listeners.size).toBe(0)
})

test('a guest of an older image says nothing, and one that ends will not', async () => {
  expect(await guestGrows(guestThatSays(), 1)).toBe(false)
  expect(await guestGrows({ ...guestThatSays(), ended: Promise.resolve({ reason: 'it ended' }) })).toBe(false)
})
