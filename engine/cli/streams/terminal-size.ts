import { setTimeout as delay } from 'node:timers/promises'
import type { WriteStream } from 'node:tty'
import type { Session } from '../session.ts'

/** Height and width as the API wants them; zeros where there is no terminal. */
export function consoleSize(output: WriteStream): [height: number, width: number] {
  return output.isTTY ? [output.rows, output.columns] : [0, 0]
}

/**
 * Gives a container's (or exec's) terminal the size of ours, now and whenever ours changes.
 * @param path `/containers/ID/resize` or `/exec/ID/resize`
 */
export function followTerminalSize({ client, output, errors }: Session, path: string): Disposable {
  const resize = () => {
    const [h, w] = consoleSize(output)
    return client.call('POST', path, { query: { h, w } })
  }
  // A resize that comes too early or too late is not worth a word; the next one will be right.
  const follow = () => void resize().catch(() => {})
  void untilAccepted(resize).catch(() => errors.write('failed to resize tty, using default size\r\n'))
  output.on('resize', follow)
  return { [Symbol.dispose]: () => void output.off('resize', follow) }
}

/** The process may not be there yet. */
async function untilAccepted(resize: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await resize()
    } catch (error) {
      if (attempt > 10) throw error
      await delay(attempt * 10, undefined, { ref: false })
    }
  }
}
