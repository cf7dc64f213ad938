import type { Login } from '../../electron/ipc/contract.ts'
import { callEngine, fetchJson } from './engine-client.ts'
import { isRecord, textAt, textsAt } from './json.ts'

export type { Login }

/** What the docker command calls Docker Hub. */
export const HUB_SERVER = 'https://index.docker.io/v1/'

/** The registry that the engine runs itself. @see docs/registry.md */
export interface LocalRegistry {
  readonly isOn: boolean
  readonly address: string
  /** Why it is wanted and does not run; empty when it does. */
  readonly failure: string
}

const LOCAL = '/engineroom/v1/registry'

export async function localRegistry(signal: AbortSignal): Promise<LocalRegistry> {
  return parseLocal(await fetchJson(LOCAL, { signal }))
}

/** @throws CallError, e.g. when its port is taken */
export async function switchLocalRegistry(isOn: boolean): Promise<LocalRegistry> {
  return parseLocal(await (await callEngine('PUT', LOCAL, { body: { isOn }, isRepeatable: true })).json())
}

function parseLocal(reply: unknown): LocalRegistry {
  const from = isRecord(reply) ? reply : {}
  return { isOn: from.isOn === true, address: textAt(from, 'address'), failure: textAt(from, 'failure') }
}

/** Names of repositories. In the desktop asked with what is kept for the registry, in a browser as nobody. @throws Error with the registry's words */
export function listRepositories(registry: string): Promise<string[]> {
  return browse({ registry }, 'repositories')
}

/** @param repository with its registry in front */
export function listTags(repository: string): Promise<string[]> {
  return browse({ repository }, 'tags')
}

async function browse(what: { registry: string } | { repository: string }, key: string): Promise<string[]> {
  if (window.engineroom) return window.engineroom.call('registry.browse', what)
  const reply = await fetchJson('/engineroom/v1/registries', { query: { ...what } })
  return isRecord(reply) ? textsAt(reply, key) : []
}

/** Where the docker command is logged in; nobody knows in a browser. @throws Error with the desktop's words */
export async function listLogins(): Promise<readonly Login[]> {
  return (await window.engineroom?.call('registry.logins', {})) ?? []
}

/** @throws Error with the registry's words */
export async function logIn(server: string, username: string, password: string): Promise<void> {
  await window.engineroom?.call('registry.login', { server: server || HUB_SERVER, username, password })
}

export async function logOut(server: string): Promise<void> {
  await window.engineroom?.call('registry.logout', { server })
}
