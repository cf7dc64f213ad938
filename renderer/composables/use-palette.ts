import { onScopeDispose, ref } from 'vue'

/** Whether the palette is open; Ctrl-K, or Cmd-K, opens it from anywhere but a terminal, where Ctrl-K is the shell's. Ends with its scope. */
export function usePalette() {
  const isOpen = ref(false)

  function onKey(event: KeyboardEvent): void {
    const isShortcut = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
    if (!isShortcut || (event.ctrlKey && isInTerminal(event.target))) return
    event.preventDefault()
    isOpen.value = true
  }

  // Before the terminal gets it.
  document.addEventListener('keydown', onKey, { capture: true })
  onScopeDispose(() => document.removeEventListener('keydown', onKey, { capture: true }))
  return isOpen
}

function isInTerminal(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.terminal-screen') !== null
}
