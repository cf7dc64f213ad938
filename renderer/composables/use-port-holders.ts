import { type Ref, shallowRef, watch } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { listPortHolders, type PortHolder } from '../api/ports.ts'
import { takenPortIn } from '../text/advice.ts'

/** Which processes have the port that an error is about; none while it is about something else, or the engine cannot tell. */
export function usePortHolders(message: Ref<string>) {
  const holders = shallowRef<readonly PortHolder[]>([])
  watch(
    message,
    async (text, _, onCleanup) => {
      const abort = new AbortController()
      onCleanup(() => abort.abort())
      holders.value = []
      const taken = takenPortIn(text)
      if (!taken) return
      try {
        holders.value = await listPortHolders(taken.port, taken.protocol, abort.signal)
      } catch (error) {
        // The engine's own words about the failure stay; another engine than ours knows no more.
        if (!abort.signal.aborted) console.debug('port holders:', messageOf(error))
      }
    },
    { immediate: true },
  )
  return holders
}
