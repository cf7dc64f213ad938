import { spawn } from 'node:child_process'
import type { ReadStream } from 'node:tty'

/**
 * Makes a terminal hand over every key as it is typed, until disposal; nothing happens to what is no terminal. Node
 * puts it back, too, should the program end otherwise.
 */
export function enterRawMode(input: ReadStream): Disposable | undefined {
  if (!input.isTTY) return undefined
  input.setRawMode(true)
  keepOutputAsItIs()
  return { [Symbol.dispose]: () => void input.setRawMode(false) }
}

/**
 * Node leaves the terminal's translation of `\n` to `\r\n` on, which draws full-screen programs wrong: the container's
 * own terminal has translated already. There is no call for it in Node, but every system with terminals has stty.
 */
function keepOutputAsItIs(): void {
  spawn('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] }).on('error', () => {})
}

/** What a terminal program needs: a terminal. @throws Error with docker's words */
export function checkTerminal(input: ReadStream, attachesStdin: boolean, isTty: boolean): void {
  if (attachesStdin && isTty && !input.isTTY) throw new Error('the input device is not a TTY')
}
