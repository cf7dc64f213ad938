import type { HostConfig } from '../containers/config.ts'
import type { Container } from '../containers/container.ts'
import { createContainer } from '../containers/create.ts'
import type { OutputSink } from '../containers/io.ts'
import { removeContainer } from '../containers/remove.ts'
import { startContainer } from '../containers/start.ts'
import { waitFor } from '../containers/wait.ts'
import type { Image } from '../images/image.ts'
import type { BuildParts } from './parts.ts'
import type { StageOutput } from './request.ts'

export interface RunStep {
  readonly image: Image
  /** What is executed, the shell included. */
  readonly command: readonly string[]
  /** `NAME=value`, over the image's. */
  readonly environment: readonly string[]
  /** More of it, for the process alone. */
  readonly secretEnvironment: readonly string[]
  readonly hostConfig: HostConfig
}

/** A container whose process has ended; what it changed is in its upper directory. */
export interface FinishedRun {
  readonly container: Container
  readonly upperDir: string
  readonly exitCode: number
  remove(): Promise<void>
  /** Leaves the container to the person who builds. */
  keep(): void
}

/**
 * Runs one command in a container of its own, and passes on what it prints.
 * @param signal the client has left: the container is killed and removed
 * @throws EngineError when it cannot be started; the container is removed then
 */
export async function runInContainer({ containers }: BuildParts, step: RunStep, output: StageOutput, signal: AbortSignal): Promise<FinishedRun> {
  signal.throwIfAborted()
  const { container } = await createContainer(containers, {
    name: '',
    platform: '',
    config: {
      Image: step.image.id,
      Cmd: [...step.command],
      // One empty word takes the image's entrypoint away.
      Entrypoint: [''],
      Env: [...step.environment],
      Healthcheck: { Test: ['NONE'] },
      AttachStdout: true,
      AttachStderr: true,
    },
    hostConfig: { ...step.hostConfig, LogConfig: { Type: 'none' } },
    endpoints: {},
    isBuildStep: true,
  })
  container.secretEnvironment = step.secretEnvironment
  const remove = () => removeContainer(containers, container, { force: true, removeVolumes: true })
  const keep = () => {
    container.spec.isBuildStep = false
    containers.store.saveSpec(container)
  }
  try {
    output.text(` ---> Running in ${container.shortId}\n`)
    const ended = waitFor(container, 'next-exit', signal)
    // A start that fails is thrown below; nobody waits for this exit then.
    ended.catch(() => undefined)
    const drained = Promise.withResolvers<void>()
    await containers.io.attach(container.id, sinkOf(output, drained.resolve), { isLive: false, holdsInput: false })
    await startContainer(containers, container)
    const { exitCode } = await ended
    await drained.promise
    return { container, upperDir: containers.paths.upper(container.id), exitCode, remove, keep }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Characters may be cut in two between packets: each stream has a decoder of its own. */
function sinkOf(output: StageOutput, ended: () => void): OutputSink {
  const stdout = new TextDecoder()
  const stderr = new TextDecoder()
  return {
    output(stream, data) {
      if (stream === 'stdout') output.printed('stdout', stdout.decode(data, { stream: true }))
      else output.printed('stderr', stderr.decode(data, { stream: true }))
    },
    ended,
  }
}
