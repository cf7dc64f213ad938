import { onScopeDispose, type ShallowRef, shallowReactive } from 'vue'

/** A block is drawn from this far outside of what is seen. */
const MARGIN = '1200px 0px'

/** Which of the blocks in a scrolled text are seen, or nearly. Ends with its scope. */
export function useNearBlocks(viewport: Readonly<ShallowRef<HTMLElement | null>>) {
  const near = shallowReactive(new Set<number>())
  const keys = new Map<Element, number>()
  let observer: IntersectionObserver | undefined

  function onCrossing(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const key = keys.get(target)
      if (key === undefined) continue
      if (isIntersecting) near.add(key)
      else near.delete(key)
    }
  }

  /** Watches a block's element until the returned function is called. */
  function watchBlock(element: Element, key: number): () => void {
    observer ??= new IntersectionObserver(onCrossing, { root: viewport.value, rootMargin: MARGIN })
    keys.set(element, key)
    observer.observe(element)
    return () => {
      observer?.unobserve(element)
      keys.delete(element)
      near.delete(key)
    }
  }

  onScopeDispose(() => observer?.disconnect())
  return { near, watchBlock }
}
