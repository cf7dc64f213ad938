import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { hasCode, messageOf } from '../errors.ts'

/** What we read from docker's `config.json`. @see docker CLI reference, "Configuration files" */
interface ConfigFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>
  readonly credsStore?: string
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly detachKeys?: string
  readonly psFormat?: string
  readonly imagesFormat?: string
}

/** The person's own settings, shared with docker: who they are at registries, and a few defaults. */
export class DockerConfig {
  readonly #file: ConfigFile

  constructor(file: ConfigFile) {
    this.#file = file
  }

  /** Reads `config.json` of a folder; none is fine. @throws Error when it is no JSON */
  static read(folder: string = process.env.DOCKER_CONFIG || join(homedir(), '.docker')): DockerConfig {
    const path = join(folder, 'config.json')
    try {
      return new DockerConfig(JSON.parse(readFileSync(path, 'utf8')))
    } catch (error) {
      if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return new DockerConfig({})
      throw new Error(`${path}: ${messageOf(error)}`)
    }
  }

  get detachKeys(): string {
    return this.#file.detachKeys ?? ''
  }

  get psFormat(): string {
    return this.#file.psFormat ?? ''
  }

  get imagesFormat(): string {
    return this.#file.imagesFormat ?? ''
  }

  /** The `X-Registry-Auth` header for a registry, as its host name says; none when nothing is known about it. */
  registryAuth(domain: string): Readonly<Record<string, string>> {
    const key = domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain
    const found = this.#fromHelper(key) ?? this.#fromFile(key)
    return found ? { 'X-Registry-Auth': Buffer.from(JSON.stringify({ ...found, serveraddress: key })).toString('base64url') } : {}
  }

  #fromFile(key: string): object | undefined {
    const { auths = {} } = this.#file
    const entry = auths[key] ?? auths[`https://${key}`] ?? auths[`http://${key}`]
    if (!entry) return undefined
    if (entry.identitytoken) return { identitytoken: entry.identitytoken }
    const plain = Buffer.from(entry.auth ?? '', 'base64').toString()
    const colon = plain.indexOf(':')
    return colon < 0 ? undefined : { username: plain.slice(0, colon), password: plain.slice(colon + 1) }
  }

  /** @see docker-credential-helpers, "Development": the server's address in, `{ServerURL, Username, Secret}` out */
  #fromHelper(key: string): object | undefined {
    const helper = this.#file.credHelpers?.[key] ?? this.#file.credsStore
    if (!helper) return undefined
    try {
      const answer: { Username: string; Secret: string } = JSON.parse(execFileSync(`docker-credential-${helper}`, ['get'], { input: key, encoding: 'utf8' }))
      return answer.Username === '<token>' ? { identitytoken: answer.Secret } : { username: answer.Username, password: answer.Secret }
    } catch {
      // The helper knows no such registry, or is not installed: docker, too, goes on without.
      return undefined
    }
  }
}
