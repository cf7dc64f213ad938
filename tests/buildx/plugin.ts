import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'

/** Makes a configuration of the docker CLI with buildx in it. @returns what the CLI's environment needs for it */
export async function withBuildx(config: string): Promise<Record<string, string>> {
  const plugins = join(config, 'cli-plugins')
  await mkdir(plugins, { recursive: true })
  await cp(inject('buildx'), join(plugins, 'docker-buildx'))
  return { DOCKER_BUILDKIT: '1', DOCKER_CONFIG: config, BUILDKIT_PROGRESS: 'plain' }
}
