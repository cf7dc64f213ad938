/**
 * Waits for all of them, also when one fails: whoever undoes what was begun finds nothing at work any more.
 * @throws the reason of the first one that failed, in the order given
 */
export async function settled<T extends readonly unknown[] | []>(works: T) {
  await Promise.allSettled(works)
  return Promise.all(works)
}
