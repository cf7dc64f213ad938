import { Type } from 'typebox'
import { EngineError } from '../../errors.ts'
import { decodeObject } from '../../json/go-json.ts'
import type { RegistrySettings } from '../images.ts'
import { parseReference } from '../reference.ts'
import { RepositoryClient } from './client.ts'
import type { DistributionOptions } from './distribution.ts'
import { registryOf } from './endpoint.ts'

/** As many names as somebody may look through. */
const MOST_NAMES = 1000

const Catalog = Type.Object({ repositories: Type.Optional(Type.Array(Type.String())) })
const TagList = Type.Object({ tags: Type.Optional(Type.Array(Type.String())) })

/**
 * What a registry has, as far as it tells: Docker Hub and others do not.
 * @param domain host with port
 * @throws EngineError of the kind of the registry's refusal
 * @see docker-registry HTTP API V2, "Listing Repositories"
 */
export async function listRepositories(domain: string, settings: RegistrySettings, { auth, signal }: DistributionOptions): Promise<string[]> {
  const endpoint = await registryOf(parseReference(`${domain}/any`).domain, settings)
  await using client = new RepositoryClient({ endpoint, repository: undefined, auth, actions: 'pull', signal, ways: settings })
  await client.connect()
  const { text } = await client.text(`${client.base}/v2/_catalog?n=${MOST_NAMES}`, 'tags')
  return (decodeObject(Catalog, parsed(text)).repositories ?? []).sort()
}

/** @param name of a repository, with its registry. @see OCI distribution-spec v1.1, end-8b */
export async function listTags(name: string, settings: RegistrySettings, { auth, signal }: DistributionOptions): Promise<string[]> {
  const { domain, path } = parseReference(name)
  const endpoint = await registryOf(domain, settings)
  await using client = new RepositoryClient({ endpoint, repository: path, auth, actions: 'pull', signal, ways: settings })
  await client.connect()
  const { text } = await client.text(`tags/list?n=${MOST_NAMES}`, 'tags')
  return (decodeObject(TagList, parsed(text)).tags ?? []).sort()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EngineError('system', 'the registry answered with something that is no JSON', { cause })
  }
}
