import { computed, reactive, ref } from 'vue'
import { createContainer, type RunRequest } from '../api/containers.ts'
import { messageOf } from '../api/engine-client.ts'
import { commandWords } from '../text/command-words.ts'
import { portMappings } from '../text/port-mapping.ts'
import { memoryBytes, type RunSpec, runLine } from '../text/run-line.ts'

/** What a person fills in to run a container, the line that does the same in a shell, and how it went. */
export function useRunForm(image: () => string) {
  const fields = reactive({ name: '', command: '', ports: '', env: '', volumes: '', network: '', restart: 'no', memory: '', removeWhenDone: false })
  const isBusy = ref(false)
  const error = ref('')

  function request(): RunRequest {
    const name = fields.name.trim()
    const { network, restart, removeWhenDone } = fields
    return {
      ...{ image: image(), name, network, restart, removeWhenDone },
      command: commandWords(fields.command),
      ports: portMappings(fields.ports),
      env: linesOf(fields.env),
      volumes: linesOf(fields.volumes),
      memoryBytes: memoryBytes(fields.memory),
    }
  }

  /** Or what is wrong with what was typed. */
  const line = computed(() => {
    try {
      return { text: runLine(specOf(request(), fields.memory.trim())), fault: '' }
    } catch (thrown) {
      return { text: '', fault: messageOf(thrown) }
    }
  })

  /** Creates a container, not yet started. @returns its id; undefined when it failed, with why in `error` */
  async function create(): Promise<string | undefined> {
    isBusy.value = true
    error.value = ''
    try {
      return await createContainer(request())
    } catch (thrown) {
      error.value = messageOf(thrown)
      return undefined
    } finally {
      isBusy.value = false
    }
  }

  return { fields, line, isBusy, error, create }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

/** @param memory as it was typed */
function specOf({ image, name, ports, env, volumes, network, restart, removeWhenDone, command }: RunRequest, memory: string): RunSpec {
  const given = (flag: string, value: string) => (value === '' ? [] : [[flag, value] as const])
  return {
    image,
    switches: ['-d', '-i', '-t', ...(removeWhenDone ? ['--rm'] : [])],
    options: [
      ...given('--name', name),
      ...env.map((one) => ['-e', one] as const),
      ...ports.map(({ host, container }) => ['-p', `${host}${host === '' ? '' : ':'}${container.replace(/\/tcp$/, '')}`] as const),
      ...volumes.map((one) => ['-v', one] as const),
      ...given('--network', network),
      ...given('--restart', restart === 'no' ? '' : restart),
      ...given('-m', memory),
    ],
    command,
  }
}
