/**
 * Asks again and again until there is an answer.
 * @returns the first value that is neither false, null nor undefined
 * @throws Error that names what was waited for, with the last error
 */
export async function until<T>(what: string, ask: () => T | Promise<T>, timeoutMs = 20_000): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await ask()
      if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
