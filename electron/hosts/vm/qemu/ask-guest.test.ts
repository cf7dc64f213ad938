import { expect, test } from 'vitest'
import { askGuest } from './ask-guest.ts'

test.each([
  ['engineroom: ready', undefined],
  ['engineroom: not ready: a folder is in use', 'a folder is in use'],
])('a guest that says %j', async (said, why) => {
  let heard: (line: string) => void = () => undefined
  const console = {
    ended: Promise.withResolvers<never>().promise,
    onLine: (listener: typeof heard) => {
      heard = listener
      return () => undefined
    },
    type: () => heard(said),
  }
  expect(await askGuest(console, 'suspend', { yes: 'engineroom: ready', no: 'engineroom: not ready' }, 60_000)).toBe(why)
})
