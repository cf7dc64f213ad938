import { constants, existsSync } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { findOnPath } from '../command-line/program.ts'
import { contexts, currentAim } from '../docker/contexts.ts'
import { messageOf } from '../errors.ts'
import type { HostCheck, HostStatus } from '../ipc/contract.ts'

export interface Surroundings {
  readonly host: Pick<HostStatus, 'kind' | 'socketPath' | 'canStart'>
  readonly environment: NodeJS.ProcessEnv
  /** Of the docker command. */
  readonly dockerFolder: string
  /** Where `engineroom` may be, that is not on the PATH. */
  readonly programFolder: string
  /** Where programs look that know no other place. */
  readonly systemSocket: string
}

/** What this computer's programs need to find the engine, which the engine itself cannot see. */
export async function checkHost(around: Surroundings): Promise<HostCheck[]> {
  // Programs of this computer go where they go; the window shows an engine elsewhere.
  if (around.host.kind === 'context') return [checkPath(around)]
  return [await checkSocket(around), await checkContext(around), await checkSystemSocket(around), checkPath(around)]
}

async function checkSocket({ host: { socketPath } }: Surroundings): Promise<HostCheck> {
  const named = { id: 'socket', title: 'Socket' }
  const isSocket = await stat(socketPath).then(
    (found) => found.isSocket(),
    () => false,
  )
  if (!isSocket) return { ...named, state: 'fail', detail: `There is no socket at ${socketPath}.`, fix: 'Start the engine: it makes it.' }
  try {
    await access(socketPath, constants.R_OK | constants.W_OK)
    return { ...named, ...fine(`${socketPath} is there, and you may use it.`) }
  } catch (error) {
    return {
      ...named,
      state: 'fail',
      detail: `You may not use it: ${messageOf(error)}`,
      fix: 'Join the group that may, then log in again. Whoever may is as good as root.',
      command: `sudo usermod -aG docker ${userInfo().username}`,
    }
  }
}

/** Whether `docker ps` comes to this engine. */
async function checkContext({ host: { socketPath }, environment, dockerFolder }: Surroundings): Promise<HostCheck> {
  const named = { id: 'context', title: 'docker command' }
  const wanted = `unix://${socketPath}`
  try {
    const aim = await currentAim(dockerFolder, environment)
    if (await isSame(aim.host, wanted)) return { ...named, ...fine(`docker comes here, by ${aim.by}.`) }
    const detail = `docker goes elsewhere, by ${aim.by}: ${aim.host || 'which leads nowhere'}.`
    if (aim.by === 'DOCKER_HOST') return { ...named, state: 'warn', detail, fix: 'Let it name this engine.', command: `export DOCKER_HOST=${wanted}` }
    const known = (await contexts(dockerFolder)).find(({ host }) => host === wanted)
    const make = known ? '' : `docker context create engineroom --docker host=${wanted} && `
    return {
      ...named,
      state: 'warn',
      detail,
      fix: 'Choose a context that leads here: by Settings, Command line, or',
      command: `${make}docker context use ${known?.name ?? 'engineroom'}`,
    }
  } catch (error) {
    return { ...named, state: 'warn', detail: messageOf(error), fix: 'Mend the file, or move it away: docker makes another.' }
  }
}

/** Programs that know nothing of contexts (testcontainers among them) look there. */
async function checkSystemSocket({ host: { socketPath }, environment, systemSocket }: Surroundings): Promise<HostCheck> {
  const named = { id: 'system-socket', title: systemSocket }
  const wanted = `unix://${socketPath}`
  if (await isSame(`unix://${systemSocket}`, wanted)) return { ...named, ...fine('It leads here: programs that look nowhere else find this engine.') }
  if (environment.DOCKER_HOST === wanted) return { ...named, ...fine('It does not lead here, but DOCKER_HOST does.') }
  const isThere = existsSync(systemSocket)
  return {
    ...named,
    state: 'warn',
    detail: isThere
      ? 'It is another engine’s: programs that look nowhere else (testcontainers) find that one.'
      : 'It is not there: programs that look nowhere else (testcontainers) find no engine.',
    fix: isThere ? 'Tell them of this one.' : 'Let it lead here, until the next boot: by Settings, Command line, or',
    command: isThere ? `export DOCKER_HOST=${wanted}` : `sudo ln -s ${socketPath} ${systemSocket}`,
  }
}

function checkPath({ environment, programFolder }: Surroundings): HostCheck {
  const named = { id: 'path', title: 'PATH' }
  const found = ['docker', 'engineroom'].map((program) => findOnPath(program, environment)).filter((path) => path !== undefined)
  if (found.length > 0) return { ...named, ...fine(`${found.join(' and ')} can be typed anywhere.`) }
  const launcher = join(programFolder, 'engineroom')
  return {
    ...named,
    state: 'warn',
    detail: 'Neither docker nor engineroom is in a folder of your PATH.',
    fix: 'Put engineroom there, which takes docker’s commands: by Settings, Command line, or',
    ...(existsSync(launcher) && { command: `sudo ln -s ${launcher} /usr/local/bin/engineroom` }),
  }
}

function fine(detail: string): Pick<HostCheck, 'state' | 'detail' | 'fix'> {
  return { state: 'ok', detail, fix: '' }
}

/** Whether two addresses are one socket: links lead from the one to the other. */
async function isSame(one: string, other: string): Promise<boolean> {
  if (one === other) return true
  const paths = [one, other].map((host) => (host.startsWith('unix://') ? host.slice('unix://'.length) : undefined))
  const [a, b] = await Promise.all(paths.map((path) => (path === undefined ? undefined : realpath(path).catch(() => undefined))))
  return a !== undefined && a === b
}
