import { onScopeDispose, ref } from 'vue'

/** How long a button says that it did. */
const SHOWN_MS = 2000

/** Puts a text on the clipboard, and says for a moment that it is there. Ends with its scope. */
export function useCopy() {
  const hasCopied = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  async function copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text)
    hasCopied.value = true
    clearTimeout(timer)
    timer = setTimeout(() => {
      hasCopied.value = false
    }, SHOWN_MS)
  }

  onScopeDispose(() => clearTimeout(timer))
  return { hasCopied, copy }
}
