import { type Context, contexts, DEFAULT_CONTEXT, DEFAULT_HOST } from '../../docker/contexts.ts'
import { PlainError } from '../plain-error.ts'

/** Every context of the docker command, the one that needs no making first. */
export async function allContexts(dockerFolder: string): Promise<Context[]> {
  const own: Context = { name: DEFAULT_CONTEXT, host: DEFAULT_HOST, about: '', skipsVerify: false }
  const made = await contexts(dockerFolder)
  return [own, ...made.filter(({ name }) => name !== '').sort((a, b) => a.name.localeCompare(b.name))]
}

/** @throws PlainError when there is none of that name (any more) */
export async function findContext(dockerFolder: string, name: string): Promise<Context> {
  const found = (await allContexts(dockerFolder)).find((one) => one.name === name)
  if (!found) throw new PlainError(`The docker command has no context ${name} any more.`, 'Choose another engine, or make it again: docker context create.')
  return found
}
