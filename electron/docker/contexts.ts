import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../errors.ts'
import { readDockerConfig, readJson, recordOf, textOf } from './config-file.ts'

/** Where a docker command without further words goes. */
export interface Aim {
  /** Who says so: a variable, or a context. */
  readonly by: string
  /** `unix:///run/docker.sock` … */
  readonly host: string
}

export const DEFAULT_HOST = 'unix:///var/run/docker.sock'

/** @see docker CLI reference, "docker context": DOCKER_HOST, then DOCKER_CONTEXT, then `docker context use` */
export async function currentAim(folder: string, environment: NodeJS.ProcessEnv): Promise<Aim> {
  if (environment.DOCKER_HOST) return { by: 'DOCKER_HOST', host: environment.DOCKER_HOST }
  const name = environment.DOCKER_CONTEXT || textOf((await readDockerConfig(folder)).currentContext) || 'default'
  if (name === 'default') return { by: 'the context default', host: DEFAULT_HOST }
  const found = (await contexts(folder)).find((one) => one.name === name)
  return { by: `the context ${name}`, host: found?.host ?? '' }
}

/** Those that people have made. */
export async function contexts(folder: string): Promise<{ readonly name: string; readonly host: string }[]> {
  const root = join(folder, 'contexts', 'meta')
  const files = await Promise.all((await namesIn(root)).map((name) => readJson(join(root, name, 'meta.json'))))
  return files.map((file) => ({ name: textOf(file.Name), host: textOf(recordOf(recordOf(file.Endpoints).docker).Host) }))
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
