import { settled } from '../../settled.ts'

/**
 * Works through a list, `limit` items at a time. After a failure nothing new is begun, and what was begun has ended.
 * @returns the results, in the order of the list @throws the first failure
 */
export async function inParallel<T, R>(items: readonly T[], limit: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  const entries = items.entries()
  let hasFailed = false
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) {
      if (hasFailed) return
      try {
        results[index] = await work(item, index)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  await settled(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}
