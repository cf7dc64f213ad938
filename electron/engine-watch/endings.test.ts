import { expect, test } from 'vitest'
import { Endings } from './endings.ts'

/** `start`, `kill 15`, `die 3` … of one container. */
function badEndings(...actions: string[]): number[] {
  const endings = new Endings()
  return actions.flatMap((line) => {
    const [action = '', figure = ''] = line.split(' ')
    const attributes = { name: 'web', ...(action === 'kill' && { signal: figure }), ...(action === 'die' && { exitCode: figure }) }
    const found = endings.take({ type: 'container', action, id: 'a'.repeat(64), attributes, atMs: 0 })
    return found ? [found.exitCode] : []
  })
}

test.each([
  ['a crash is news', ['start', 'die 3'], [3]],
  ['a good end is none', ['start', 'die 0'], []],
  ['what docker stop ends is none', ['start', 'kill 15', 'kill 9', 'die 137', 'stop'], []],
  ['what docker rm -f ends is none', ['start', 'kill 9', 'die 137', 'destroy'], []],
  ['a signal that only tells the program something asks for no end', ['start', 'kill 10', 'die 1'], [1]],
  ['nor does one by which it reads its settings anew', ['start', 'kill 1', 'die 1'], [1]],
  ['what a restart ended was asked for, what follows was not', ['start', 'kill 15', 'die 143', 'start', 'die 1'], [1]],
  ['what a terminal is attached to is seen there', ['create', 'attach', 'start', 'die 130', 'destroy'], []],
  ['once the terminal has left, it is news', ['attach', 'start', 'detach', 'die 1'], [1]],
  ['attached and asked for is one end', ['attach', 'start', 'kill 15', 'die 143', 'start', 'die 2'], [2]],
])('%s', (_title, actions, expected) => {
  expect(badEndings(...actions)).toEqual(expected)
})
