import type { Login } from '../ipc/contract.ts'
import { type JsonRecord, readDockerConfig, recordOf, textOf, writeDockerConfig } from './config-file.ts'
import { askHelper, helperLogins } from './helper.ts'

/** Who somebody is at a registry; a user name of `<token>` means that the password is one. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * Who a person is at registries, where the docker command keeps it: with a helper where config.json names one, else in
 * config.json itself.
 * @see docker CLI reference, "docker login", "Credential stores"
 */
export class CredentialStore {
  readonly #folder: string

  /** @param folder of the docker command */
  constructor(folder: string) {
    this.#folder = folder
  }

  async logins(): Promise<Login[]> {
    const config = await readDockerConfig(this.#folder)
    const auths = recordOf(config.auths)
    const names = [...new Set([textOf(config.credsStore), ...Object.values(recordOf(config.credHelpers)).map(textOf)])].filter((name) => name !== '')
    const ofHelpers = await Promise.all(
      names.map(async (helper) => [...(await helperLogins(helper))].map(([server, username]) => ({ server, username, helper }))),
    )
    const ofFile = Object.entries(auths).flatMap(([server, entry]) => {
      const username = decoded(entry)?.username
      return username === undefined ? [] : [{ server, username, helper: '' }]
    })
    return [...ofFile, ...ofHelpers.flat()].sort((a, b) => a.server.localeCompare(b.server))
  }

  async find(server: string): Promise<Credentials | undefined> {
    const config = await readDockerConfig(this.#folder)
    const helper = helperFor(config, server)
    if (helper === '') return decoded(recordOf(config.auths)[server])
    const answer = await askHelper(helper, 'get', server)
    if (answer === undefined) return undefined
    const { Username, Secret } = recordOf(JSON.parse(answer))
    return { username: textOf(Username), password: textOf(Secret) }
  }

  async put(server: string, { username, password }: Credentials): Promise<void> {
    const config = await readDockerConfig(this.#folder)
    const helper = helperFor(config, server)
    if (helper !== '') await askHelper(helper, 'store', JSON.stringify({ ServerURL: server, Username: username, Secret: password }))
    // With a helper the file only says that there is something.
    const entry = helper === '' ? { auth: Buffer.from(`${username}:${password}`).toString('base64') } : {}
    await writeDockerConfig(this.#folder, { ...config, auths: { ...recordOf(config.auths), [server]: entry } })
  }

  /** Idempotent. */
  async remove(server: string): Promise<void> {
    const config = await readDockerConfig(this.#folder)
    const helper = helperFor(config, server)
    if (helper !== '') await askHelper(helper, 'erase', server)
    const { [server]: gone, ...auths } = recordOf(config.auths)
    if (gone !== undefined) await writeDockerConfig(this.#folder, { ...config, auths })
  }
}

function helperFor(config: JsonRecord, server: string): string {
  return textOf(recordOf(config.credHelpers)[server]) || textOf(config.credsStore)
}

function decoded(entry: unknown): Credentials | undefined {
  const { auth, identitytoken } = recordOf(entry)
  const plain = Buffer.from(textOf(auth), 'base64').toString()
  const colon = plain.indexOf(':')
  if (colon < 0) return undefined
  const token = textOf(identitytoken)
  return token === '' ? { username: plain.slice(0, colon), password: plain.slice(colon + 1) } : { username: '<token>', password: token }
}
