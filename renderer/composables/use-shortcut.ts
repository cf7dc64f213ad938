import { onScopeDispose } from 'vue'

/** Calls `act` when `key` is pressed alone, unless someone is typing. Ends with its scope. */
export function useShortcut(key: string, act: () => void): void {
  const listener = (event: KeyboardEvent) => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    event.preventDefault()
    act()
  }
  document.addEventListener('keydown', listener)
  onScopeDispose(() => document.removeEventListener('keydown', listener))
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
}
