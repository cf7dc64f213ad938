import { onScopeDispose, ref, shallowRef } from 'vue'
import { askHost, type DockerContext, dockerContexts, type HostAnswer, type HostChoice } from '../api/desktop.ts'
import { messageOf } from '../api/engine-client.ts'
import { isRecord } from '../api/json.ts'
import { engineNameIn } from '../text/engine-name.ts'
import { say, sayKnown } from '../text/say.ts'

/** What came of asking a place; undefined while it is being asked. */
export interface PlaceAnswer {
  readonly isThere: boolean
  readonly words: string
}

/** What a choice is called among radio buttons. */
export function keyOf(choice: HostChoice): string {
  return choice.kind === 'context' ? `context:${choice.name}` : choice.kind
}

/** Where there are engines, and whether each answers now: asked once, all at the same time. Ends with its scope. */
export function useHostPlaces() {
  const contexts = shallowRef<readonly DockerContext[]>([])
  const answers = ref<Record<string, PlaceAnswer>>({})
  const failure = ref('')
  let isOver = false

  async function ask(choice: HostChoice): Promise<void> {
    const answer = await askHost(choice).then(answerWords, (error: unknown) => ({ isThere: false, words: messageOf(error) }))
    if (!isOver && answer) answers.value[keyOf(choice)] = answer
  }

  async function look(): Promise<void> {
    void ask({ kind: 'native' })
    void ask({ kind: 'vm' })
    try {
      contexts.value = await dockerContexts()
      for (const { name } of contexts.value) void ask({ kind: 'context', name })
    } catch (error) {
      failure.value = messageOf(error)
    }
  }

  void look()
  onScopeDispose(() => (isOver = true))
  return { contexts, answers, failure }
}

function answerWords(answer: HostAnswer | undefined): PlaceAnswer | undefined {
  if (!answer) return undefined
  if ('absence' in answer) return { isThere: false, words: sayKnown(answer.absence) }
  const { product, version } = engineNameIn(isRecord(answer.version) ? answer.version : {})
  return { isThere: true, words: say('{engine} answers', { engine: `${product} ${version}` }) }
}
