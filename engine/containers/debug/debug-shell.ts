import { EngineError, messageOf } from '../../errors.ts'
import { type FirstProcess, isStatic, placeToolbox, removeToolbox, toolboxName, toolboxPath } from '../../linux/toolbox.ts'
import type { Container } from '../container.ts'
import type { ExecConfig } from '../exec-store.ts'
import type { ContainerParts } from '../parts.ts'
import { isLive } from '../state.ts'

/** As of the images that ship with us. */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** A shell with tools of our own, for containers whose image has none. */
export interface DebugShell {
  readonly config: Pick<ExecConfig, 'command' | 'env' | 'user'>
  /** Puts the tools where the shell looks for them. @throws EngineError `conflict` when they cannot be there */
  place(): Promise<void>
  /** Ends what runs of them, and takes them away. */
  remove(): Promise<void>
}

/**
 * The tools stand behind those of the image in PATH, in the container's /dev, which is in memory and its own.
 * @throws EngineError `not-implemented` when this machine has no tools to give
 */
export async function debugShell(parts: ContainerParts, container: Container): Promise<DebugShell> {
  const { busyboxPath } = parts
  if (busyboxPath === undefined || !(await isStatic(busyboxPath)))
    throw new EngineError('not-implemented', 'a debug shell needs a static busybox: apt-get install --no-install-recommends busybox-static')
  const name = toolboxName()
  const folder = toolboxPath(name)
  const path = container.spec.config.Env?.find((entry) => entry.startsWith('PATH=')) ?? DEFAULT_PATH
  return {
    config: {
      command: [`${folder}/busybox`, 'sh', '-c', `${folder}/busybox --install -s ${folder} && exec ${folder}/sh`],
      env: [`${path}:${folder}`, 'PS1=(debug) \\w \\$ '],
      user: '0',
    },
    async place() {
      try {
        await placeToolbox(firstProcess(parts, container), name, busyboxPath)
      } catch (error) {
        throw error instanceof EngineError ? error : new EngineError('conflict', `no debug shell in this container: ${messageOf(error)}`, { cause: error })
      }
    },
    remove: () => removeFrom(parts, container, name),
  }
}

/** What debug shells of a daemon that was killed have left in a container. */
export async function removeDebugShells(parts: ContainerParts, container: Container): Promise<void> {
  await removeFrom(parts, container)
}

async function removeFrom(parts: ContainerParts, container: Container, name?: string): Promise<void> {
  if (isLive(container.state)) await removeToolbox(firstProcess(parts, container), name)
}

function firstProcess({ paths }: ContainerParts, { id, spec, state }: Container): FirstProcess {
  if (isLive(state)) return { pid: state.pid, cgroupPath: paths.cgroup(id, spec.hostConfig.CgroupParent) }
  throw new EngineError('conflict', `container ${id} is not running`)
}
