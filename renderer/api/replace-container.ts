import { say } from '../text/say.ts'
import { actOnContainer } from './containers.ts'
import { CallError, callEngine, command, fetchJson, messageOf } from './engine-client.ts'
import { inspectImage, removeImage, splitReference } from './images.ts'
import { isRecord, type JsonRecord, recordAt, textAt } from './json.ts'
import { type PortChange, replacementOf } from './replacement.ts'

/** What came of it. */
export interface Replaced {
  /** The ID of the container that has the name now. */
  readonly id: string
  /** Why the old one is still there, under another name; empty when it is gone. */
  readonly leftOver: string
}

/**
 * Puts a container in the place of another one: same name, configuration, volumes and networks, other published ports.
 * The old one is there, under another name, until the new one runs; if anything fails before, it is back as it was.
 * One that does not run is replaced by one that does not.
 * @param keepAs the image that the old one's files are committed to, and the new one is made from; empty: its own image
 * @throws Error with what failed, and with what of the way back did
 * @see Engine API 1.51 ContainerCreate, ContainerRename, ImageCommit
 */
export async function replaceContainer(oldId: string, change: PortChange, keepAs: string): Promise<Replaced> {
  const old = await inspected(oldId)
  const name = textAt(old, 'Name').replace(/^\//, '')
  const aside = `${name}-before-${oldId.slice(0, 6)}`
  const wasLive = recordAt(old, 'State').Running === true
  const done = { isStopped: false, isAside: false, newId: '', image: '' }

  async function stop(): Promise<void> {
    if (!wasLive) return
    done.isStopped = true
    await actOnContainer(oldId, 'stop')
  }

  async function replace(): Promise<Replaced> {
    // What is committed is at rest; otherwise a configuration that cannot be is refused before anything has stopped.
    if (keepAs !== '') {
      await stop()
      await commit(oldId, keepAs)
      done.image = keepAs
    }
    const { body, furtherNetworks } = replacementOf(old, change, keepAs || (await imageOf(old)))
    done.newId = await create(`${name}-next-${oldId.slice(0, 6)}`, body)
    for (const { name: network, endpoint } of furtherNetworks) await connect(network, done.newId, endpoint)
    if (keepAs === '') await stop()
    await rename(oldId, aside)
    done.isAside = true
    await rename(done.newId, name)
    if (wasLive) await startForGood(done.newId)
    return { id: done.newId, leftOver: await removed(oldId) }
  }

  /** In this order: the name and the port are the new one's until it is gone. */
  function wayBack(): (() => Promise<void>)[] {
    return [
      ...(done.newId === '' ? [] : [() => actOnContainer(done.newId, 'remove')]),
      ...(done.image === '' ? [] : [() => removeImage(done.image, false)]),
      ...(done.isAside ? [() => rename(oldId, name)] : []),
      ...(done.isStopped ? [() => actOnContainer(oldId, 'start')] : []),
    ]
  }

  try {
    return await replace()
  } catch (error) {
    throw new Error([messageOf(error), ...(await failuresOf(wayBack()))].join('\n'), { cause: error })
  }
}

async function inspected(id: string): Promise<JsonRecord> {
  const reply = await fetchJson(`/containers/${id}/json`)
  return isRecord(reply) ? reply : {}
}

/** By its name where that still means the same image, which the name of one that was pulled anew does not. */
async function imageOf(container: JsonRecord): Promise<string> {
  const [id, name] = [textAt(container, 'Image'), textAt(recordAt(container, 'Config'), 'Image')]
  const named = await inspectImage(name).catch((error: unknown) => {
    if (error instanceof CallError && error.status === 404) return {}
    throw error
  })
  return isRecord(named) && textAt(named, 'Id') === id ? name : id
}

async function create(name: string, body: JsonRecord): Promise<string> {
  const reply: unknown = await (await callEngine('POST', '/containers/create', { query: { name }, body })).json()
  return isRecord(reply) ? textAt(reply, 'Id') : ''
}

async function commit(container: string, reference: string): Promise<void> {
  const { repository, tag } = splitReference(reference)
  await command('POST', '/commit', { query: { container, repo: repository, tag }, body: {} })
}

function connect(network: string, container: string, endpoint: JsonRecord): Promise<void> {
  return command('POST', `/networks/${encodeURIComponent(network)}/connect`, { body: { Container: container, EndpointConfig: endpoint } })
}

function rename(id: string, name: string): Promise<void> {
  return command('POST', `/containers/${id}/rename`, { query: { name } })
}

/** A process that ends at once, and not well, was not started for good. */
async function startForGood(id: string): Promise<void> {
  await actOnContainer(id, 'start')
  const state = recordAt(await inspected(id), 'State')
  const hasFailed = state.Restarting === true || (state.Running !== true && state.ExitCode !== 0)
  if (hasFailed) throw new Error(say('The new container ended at once, with {code}.', { code: String(state.ExitCode) }))
}

/** Volumes stay: they are the new one's. */
async function removed(id: string): Promise<string> {
  try {
    await command('DELETE', `/containers/${id}`)
    return ''
  } catch (error) {
    return messageOf(error)
  }
}

/** Does every step, whatever became of those before. */
async function failuresOf(steps: readonly (() => Promise<void>)[]): Promise<string[]> {
  const failures: string[] = []
  for (const step of steps) await step().catch((error: unknown) => failures.push(say('The way back failed, too: {why}', { why: messageOf(error) })))
  return failures
}
