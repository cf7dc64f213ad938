/** Says what begins, and how long it took. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  say(what)
  const result = await work()
  say(`${what}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return result
}

/** Talk goes to standard error, results to standard output. */
export function say(text: string): void {
  process.stderr.write(`• ${text}\n`)
}

/** What was asked for, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Resolves when one of the signals has come. */
export function told(signals: readonly NodeJS.Signals[]): Promise<'told'> {
  const { promise, resolve } = Promise.withResolvers<'told'>()
  for (const signal of signals) process.once(signal, () => resolve('told'))
  return promise
}
