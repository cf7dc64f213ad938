import { onScopeDispose, ref, shallowRef } from 'vue'
import { type AppSettings, appSettings, changeApp } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'

/** What a person chose for the app; looked at again when the window is, as the tray changes it, too. Ends with its scope. */
export function useAppSettings() {
  const settings = shallowRef<AppSettings | undefined>()
  const failure = ref('')

  async function take(work: () => Promise<AppSettings | undefined>): Promise<void> {
    failure.value = ''
    try {
      settings.value = await work()
    } catch (error) {
      failure.value = messageOf(error)
    }
  }

  const look = () => void take(appSettings)
  look()
  window.addEventListener('focus', look)
  onScopeDispose(() => window.removeEventListener('focus', look))
  return { settings, failure, change: (changes: Partial<AppSettings>) => take(() => changeApp(changes)) }
}
