import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../errors.ts'
import { readDockerConfig, readJson, recordOf, textOf, writeDockerConfig } from './config-file.ts'

/** Where a docker command without further words goes. */
export interface Aim {
  /** Who says so: a variable, or a context. */
  readonly by: string
  /** `unix:///run/docker.sock` … */
  readonly host: string
}

/** What needs no making: it goes where docker goes of itself. */
export const DEFAULT_CONTEXT = 'default'
/** Where programs look that know nothing of contexts (testcontainers among them). */
export const SYSTEM_SOCKET = '/var/run/docker.sock'
export const DEFAULT_HOST = `unix://${SYSTEM_SOCKET}`

/** @see docker CLI reference, "docker context": DOCKER_HOST, then DOCKER_CONTEXT, then `docker context use` */
export async function currentAim(folder: string, environment: NodeJS.ProcessEnv): Promise<Aim> {
  if (environment.DOCKER_HOST) return { by: 'DOCKER_HOST', host: environment.DOCKER_HOST }
  const name = environment.DOCKER_CONTEXT || (await selectedContext(folder))
  if (name === DEFAULT_CONTEXT) return { by: 'the context default', host: DEFAULT_HOST }
  const found = (await contexts(folder)).find((one) => one.name === name)
  return { by: `the context ${name}`, host: found?.host ?? '' }
}

/** What leads a docker command to an engine. @see docker CLI reference, "docker context" */
export interface Context {
  readonly name: string
  /** `unix:///run/docker.sock`, `tcp://build:2376`, `ssh://me@build` … */
  readonly host: string
  /** What its maker says of it. */
  readonly about: string
  /** Whoever answers is believed. */
  readonly skipsVerify: boolean
}

/** Those that people have made. */
export async function contexts(folder: string): Promise<Context[]> {
  const root = join(folder, 'contexts', 'meta')
  const files = await Promise.all((await namesIn(root)).map((name) => readJson(join(root, name, 'meta.json'))))
  return files.map((file) => {
    const endpoint = recordOf(recordOf(file.Endpoints).docker)
    const about = textOf(recordOf(file.Metadata).Description)
    return { name: textOf(file.Name), host: textOf(endpoint.Host), about, skipsVerify: endpoint.SkipTLSVerify === true }
  })
}

/** What proves who is who; of what is absent there is no file. */
export interface TlsFiles {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** What came with a context for TLS; empty where it has none. @see docker CLI, cli/context/store/tlsstore.go */
export async function tlsFiles(folder: string, name: string): Promise<TlsFiles> {
  const root = join(folder, 'contexts', 'tls', idOf(name), 'docker')
  const there = await namesIn(root)
  const read = (file: string) => (there.includes(file) ? readFile(join(root, file)) : undefined)
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')])
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

/** The one that `docker context use` chose; `default` where nobody has. */
export async function selectedContext(folder: string): Promise<string> {
  return textOf((await readDockerConfig(folder)).currentContext) || DEFAULT_CONTEXT
}

/** As `docker context use`. */
export async function selectContext(folder: string, name: string): Promise<void> {
  const { currentContext: _former, ...config } = await readDockerConfig(folder)
  await writeDockerConfig(folder, name === DEFAULT_CONTEXT ? config : { ...config, currentContext: name })
}

/** As `docker context create`, or `update` where it is there. @see docker CLI, cli/context/store */
export async function putContext(folder: string, name: string, host: string, about: string): Promise<void> {
  const path = metaFolder(folder, name)
  await mkdir(path, { recursive: true, mode: 0o755 })
  const meta = { Name: name, Metadata: { Description: about }, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } }
  await writeFile(join(path, 'meta.json.new'), JSON.stringify(meta))
  await rename(join(path, 'meta.json.new'), join(path, 'meta.json'))
}

/** As `docker context rm`. Idempotent. */
export async function removeContext(folder: string, name: string): Promise<void> {
  await rm(metaFolder(folder, name), { recursive: true, force: true })
}

function metaFolder(folder: string, name: string): string {
  return join(folder, 'contexts', 'meta', idOf(name))
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
