import { EngineError, messageOf } from '../errors.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import { parseContainerName } from './names.ts'
import type { ContainerParts } from './parts.ts'
import { sandboxRequestFor } from './sandbox-request.ts'

const NOT_RENAMED = 'Error when allocating new name: '

/**
 * Gives a container another name; its DNS names change at once.
 * @throws EngineError `invalid` or `conflict` with docker's words
 * @see Engine API 1.51 ContainerRename
 */
export async function renameContainer(parts: ContainerParts, reference: string, newName: string): Promise<void> {
  if (newName === '') throw new EngineError('invalid', 'Neither old nor new names may be empty')
  const container = parts.store.get(reference)
  const name = parseNewName(newName)
  const before = container.name
  if (name === before) throw new EngineError('invalid', 'Renaming a container with the same name as its current name')
  await container.lock.run(() => {
    using _reservation = reserve(parts, container, name)
    parts.store.rename(container, name)
    parts.networks.rename(sandboxRequestFor(parts, container))
  })
  publishContainer(parts.events, container, 'rename', { oldName: `/${before}` })
}

/** @throws EngineError `invalid`; docker checks the name with its slash */
function parseNewName(text: string): string {
  try {
    return parseContainerName(text.startsWith('/') ? text : `/${text}`)
  } catch (error) {
    throw new EngineError('invalid', `${NOT_RENAMED}${messageOf(error)}`, { cause: error })
  }
}

function reserve(parts: ContainerParts, container: Container, name: string): Disposable {
  try {
    return parts.store.reserveName(name, container.id)
  } catch (error) {
    throw new EngineError('conflict', `${NOT_RENAMED}${messageOf(error)}`, { cause: error })
  }
}
