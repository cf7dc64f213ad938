import { EngineError, messageOf } from '../errors.ts'
import { type Digest, digestOf, isDigest } from '../images/digest.ts'
import type { Ways } from '../images/registry/agents.ts'
import { refusalOf } from '../images/registry/body.ts'
import { RepositoryClient } from '../images/registry/client.ts'
import { MANIFEST_TYPES } from '../images/registry/manifest.ts'
import type { Log } from '../log.ts'
import { type ErrorCode, RegistryError } from './errors.ts'
import type { ManifestReference } from './names.ts'
import type { Registry } from './registry.ts'

/** Nobody calls it off: what one client no longer waits for, the next one will. */
const FOREVER = new AbortController().signal

/**
 * Another registry, whose content comes here as somebody asks for it, and stays. A tag is asked for each time, as it may
 * have moved; when the other registry is away, what we have has to do.
 */
export class Upstream {
  readonly #url: URL
  readonly #ways: Ways
  readonly #registry: Registry
  readonly #log: Log
  /** What is on its way: two clients that want one blob share it. */
  readonly #coming = new Map<string, Promise<void>>()

  /** @param url of the registry, with a name and password where it wants them */
  constructor({ url, ways }: { readonly url: URL; readonly ways: Ways }, registry: Registry, log: Log) {
    this.#url = url
    this.#ways = ways
    this.#registry = registry
    this.#log = log
  }

  /** Makes the manifest one of ours. @throws RegistryError when there is none, or the other registry refuses it, or is away and we do not have it */
  async bringManifest(repository: string, reference: ManifestReference): Promise<void> {
    const { manifests, tags } = this.#registry
    const known = reference.digest ?? (await tags.digestOf(repository, reference.tag))
    const isHere = known !== undefined && (await manifests.has(repository, known))
    if (isHere && reference.digest !== undefined) return
    try {
      await this.#once(`${repository} ${reference.digest ?? reference.tag}`, () => this.#fetchManifest(repository, reference, isHere ? known : undefined))
    } catch (error) {
      if (!isHere || error instanceof RegistryError) throw refusal(error, 'MANIFEST_UNKNOWN')
      this.#log.warn('the other registry is away: a tag may be an older one', { repository, tag: reference.tag, error: messageOf(error) })
    }
  }

  /** Makes the blob one of ours. @throws RegistryError */
  async bringBlob(repository: string, digest: Digest): Promise<void> {
    if (await this.#registry.blobs.find(repository, digest)) return
    try {
      await this.#once(`${repository} ${digest}`, () => this.#fetchBlob(repository, digest))
    } catch (error) {
      throw refusal(error, 'BLOB_UNKNOWN')
    }
  }

  async #fetchManifest(repository: string, reference: ManifestReference, known: Digest | undefined): Promise<void> {
    await using client = await this.#connect(repository)
    const path = `manifests/${reference.digest ?? reference.tag}`
    if (known !== undefined) {
      const head = await client.call('HEAD', path, { headers: { accept: MANIFEST_TYPES } })
      await head.body.dump()
      if (head.status === 404) throw new RegistryError('MANIFEST_UNKNOWN')
      if (head.headers['docker-content-digest'] === known) return
    }
    const { text, headers } = await client.text(path, 'manifest', { accept: MANIFEST_TYPES })
    const bytes = Buffer.from(text)
    // What is not the text that was sent has another digest.
    const told = headers['docker-content-digest']
    if (typeof told === 'string' && isDigest(told) && told !== digestOf(bytes)) throw new EngineError('system', `the bytes are not those of ${told}`)
    await this.#registry.manifests.keep(repository, reference, bytes)
  }

  async #fetchBlob(repository: string, digest: Digest): Promise<void> {
    await using client = await this.#connect(repository)
    const response = await client.call('GET', `blobs/${digest}`)
    if (response.status !== 200) throw await refusalOf(response)
    const { uploads } = this.#registry
    const id = await uploads.begin(repository)
    try {
      await uploads.append(repository, id, response.body)
      await uploads.finish(repository, id, digest)
    } catch (error) {
      // Of wrong bytes, the upload is gone already.
      if (!(error instanceof RegistryError)) await uploads.cancel(repository, id)
      throw error instanceof RegistryError ? new EngineError('system', `the bytes are not those of ${digest}`) : error
    }
  }

  async #connect(repository: string): Promise<RepositoryClient> {
    const { protocol, host, username, password } = this.#url
    const auth =
      username === '' ? undefined : { username: decodeURIComponent(username), password: decodeURIComponent(password), identityToken: '', registryToken: '' }
    const scheme = protocol === 'http:' ? 'http' : 'https'
    const client = new RepositoryClient({ endpoint: { host, isInsecure: false, scheme }, repository, auth, actions: 'pull', signal: FOREVER, ways: this.#ways })
    try {
      await client.connect()
      return client
    } catch (error) {
      await client[Symbol.asyncDispose]()
      throw error
    }
  }

  async #once(key: string, work: () => Promise<void>): Promise<void> {
    const running = this.#coming.get(key) ?? work().finally(() => this.#coming.delete(key))
    this.#coming.set(key, running)
    await running
  }
}

/** What a client here is told of it. */
function refusal(error: unknown, unknown: ErrorCode): RegistryError {
  if (error instanceof RegistryError) return error
  const kind = error instanceof EngineError ? error.kind : 'system'
  if (kind === 'not-found') return new RegistryError(unknown)
  if (kind === 'too-many-requests') return new RegistryError('UNKNOWN', { status: 429, message: messageOf(error) })
  // 401 would have clients log in here, which does not help there.
  return new RegistryError('UNKNOWN', { status: 502, message: `the other registry: ${messageOf(error)}` })
}
