import { askEngine } from '../ask-engine.ts'
import type { Login } from '../ipc/contract.ts'
import { recordOf } from './config-file.ts'
import { CredentialStore, type Credentials } from './credentials.ts'

/** What the docker command calls Docker Hub. */
export const HUB_SERVER = 'https://index.docker.io/v1/'

/** Registries as the docker command knows them: passwords stay on this side, the page never sees one again. */
export class Registries {
  readonly #store: CredentialStore
  readonly #socketPath: () => string

  /** @param socketPath of the engine, asked at each call */
  constructor(dockerFolder: string, socketPath: () => string) {
    this.#store = new CredentialStore(dockerFolder)
    this.#socketPath = socketPath
  }

  logins(): Promise<Login[]> {
    return this.#store.logins()
  }

  /** @throws Error with the registry's words when it says no; nothing is kept then */
  async login({ server, ...credentials }: Credentials & { readonly server: string }): Promise<void> {
    const named = serverOf(server)
    await this.#ask('POST', '/auth', { body: { ...credentials, serveraddress: named } })
    await this.#store.put(named, credentials)
  }

  logout(server: string): Promise<void> {
    return this.#store.remove(server)
  }

  /** @throws Error with the registry's words */
  async browse(what: { readonly registry: string } | { readonly repository: string }): Promise<string[]> {
    const domain = 'registry' in what ? what.registry : (what.repository.split('/', 1)[0] ?? '')
    const known = await this.#store.find(domain === 'docker.io' ? HUB_SERVER : domain)
    const query = new URLSearchParams(what)
    const reply = await this.#ask('GET', `/engineroom/v1/registries?${query}`, known ? { auth: { ...known, server: domain } } : {})
    const { repositories, tags } = recordOf(reply)
    return listOf(tags ?? repositories)
  }

  /**
   * The header by which the engine pulls and pushes as the person whom the docker command knows; as nobody where it knows none.
   * @param path of a call of the Engine API
   */
  async authFor(path: string): Promise<string | undefined> {
    const domain = registryOf(path)
    if (domain === undefined) return undefined
    // Without its helper docker, too, pulls as nobody; the registry says whether that will do.
    const known = await this.#store.find(domain === 'docker.io' ? HUB_SERVER : domain).catch(() => undefined)
    return known && authHeader({ ...known, server: domain })
  }

  #ask(method: 'GET' | 'POST', path: string, { body, auth }: { body?: object; auth?: Credentials & { readonly server: string } }): Promise<unknown> {
    return askEngine(this.#socketPath(), method, path, { body, ...(auth && { headers: { 'X-Registry-Auth': authHeader(auth) } }) })
  }
}

/** What people type for a registry, as the docker command writes it. */
export function serverOf(typed: string): string {
  const host = typed.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  return ['', 'docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? HUB_SERVER : host
}

/** The registry of a pull or push: `fromImage=localhost:5000/a` → `localhost:5000`; undefined for any other call. */
export function registryOf(path: string): string | undefined {
  const { pathname, searchParams } = new URL(path, 'http://engine')
  const [, , call = ''] = /^(\/v[\d.]+)?\/images\/(.+)$/.exec(pathname) ?? []
  const pushed = /^(.+)\/push$/.exec(call)?.[1]
  const image = call === 'create' ? searchParams.get('fromImage') : pushed === undefined ? null : decodeURIComponent(pushed)
  if (image === null) return undefined
  const [first = '', ...rest] = image.split('/')
  const isDomain = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  return !isDomain || first === 'index.docker.io' ? 'docker.io' : first
}

/** @see Engine API 1.51, "Authentication" */
function authHeader({ username, password, server }: Credentials & { readonly server: string }): string {
  const known = username === '<token>' ? { identitytoken: password } : { username, password }
  return Buffer.from(JSON.stringify({ ...known, serveraddress: server })).toString('base64url')
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
