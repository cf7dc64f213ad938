import { reactive, ref } from 'vue'
import { createContainer } from '../api/containers.ts'
import { messageOf } from '../api/engine-client.ts'
import { commandWords } from '../text/command-words.ts'
import { portMappings } from '../text/port-mapping.ts'

/** What a person fills in to run a container, and how it went. */
export function useRunForm() {
  const fields = reactive({ name: '', command: '', ports: '', env: '', removeWhenDone: false })
  const isBusy = ref(false)
  const error = ref('')

  /** Creates a container of `image`, not yet started. @returns its id; undefined when it failed, with why in `error` */
  async function create(image: string): Promise<string | undefined> {
    isBusy.value = true
    error.value = ''
    try {
      return await createContainer({
        image,
        name: fields.name.trim(),
        command: commandWords(fields.command),
        ports: portMappings(fields.ports),
        env: fields.env
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean), // prettier-ignore
        removeWhenDone: fields.removeWhenDone,
      })
    } catch (thrown) {
      error.value = messageOf(thrown)
      return undefined
    } finally {
      isBusy.value = false
    }
  }

  return { fields, isBusy, error, create }
}
