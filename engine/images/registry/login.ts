import type { RegistrySettings } from '../images.ts'
import type { RegistryAuth } from './auth.ts'
import { RepositoryClient } from './client.ts'
import { registryOf } from './endpoint.ts'

/**
 * Tries credentials at a registry.
 * @param server as clients write it: `https://index.docker.io/v1/`, `localhost:5000`, or empty for Docker Hub
 * @throws EngineError `unauthorized` when they are wrong, `system` when the registry cannot be reached
 * @see Engine API 1.51 SystemAuth
 */
export async function checkCredentials(server: string, auth: RegistryAuth, settings: RegistrySettings, signal: AbortSignal): Promise<void> {
  const domain = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '') || 'docker.io'
  const endpoint = await registryOf(domain, settings)
  await using client = new RepositoryClient({ endpoint, repository: undefined, auth, actions: 'pull', signal, ways: settings })
  await client.login()
}
