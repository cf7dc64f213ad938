import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Has this process killed, as by kill -9, when it is about to do its `step`-th thing to a file. Whoever imports
 * `node:fs/promises` gets functions that count.
 * @returns how many there have been
 */
export async function dieAtStep(step: number): Promise<() => number> {
  let steps = 0
  const count = () => {
    if (++steps === step) process.kill(process.pid, 'SIGKILL')
  }
  countCalls(fs, ['open', 'rename', 'rm', 'rmdir', 'mkdir', 'stat', 'readFile', 'readdir', 'writeFile', 'link'], count)
  const handle = await fs.open('/dev/null')
  countCalls(Object.getPrototypeOf(handle), ['read', 'write', 'truncate', 'sync', 'writeFile'], count)
  await handle.close()
  syncBuiltinESMExports()
  steps = 0
  return () => steps
}

function countCalls(object: Record<string, unknown>, names: readonly string[], count: () => void): void {
  for (const name of names) {
    const real = object[name]
    if (typeof real !== 'function') throw new Error(`there is no ${name}`)
    object[name] = function (this: unknown, ...args: unknown[]) {
      count()
      return Reflect.apply(real, this, args)
    }
  }
}
