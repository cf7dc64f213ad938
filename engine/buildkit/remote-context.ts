import { type BuildContext, fetchContext } from '../build/context.ts'
import { isUpload, receiveUpload } from './client-files.ts'
import { loadDefinition } from './definition.ts'
import type { BuildKitParts } from './parts.ts'
import { secretsOf } from './session.ts'
import type { Solving } from './solve-dockerfile.ts'
import type { DockerfileRequest } from './solve-request.ts'
import { Transfer } from './transfer.ts'

/**
 * Brings a context here that is no folder of the client's: a repository, an archive of the web or of the client's, a Dockerfile alone,
 * or what came with the request. The Dockerfile may be the client's all the same.
 * @throws EngineError with docker's words when it cannot be had
 */
export async function remoteContext(parts: BuildKitParts, request: DockerfileRequest, remote: string, solving: Solving): Promise<BuildContext> {
  const { session, status, signal } = solving
  const transfer = new Transfer(status, '[internal] load remote build context', 'transferring context:')
  const body = parts.bodies.find(remote)
  if (body) {
    transfer.end()
    // Its request lets go of it.
    return { ...body, [Symbol.asyncDispose]: async () => undefined }
  }
  await using stack = new AsyncDisposableStack()
  try {
    const dockerfile = request.hasOwnDockerfile ? undefined : request.filename
    const context = stack.use(
      isUpload(remote)
        ? await receiveUpload(session, remote, parts.builder.root, request.filename, signal)
        : await fetchContext(parts.builder.root, remote, { dockerfile, keepsHistory: request.keepsHistory, secrets: secretsOf(session, signal) }, signal),
    )
    transfer.end()
    const own = dockerfile === undefined ? await loadDefinition(session, request.filename, { scratch: context.scratch, status, signal }) : undefined
    stack.move()
    return own ? { ...context, dockerfile: own.dockerfile } : context
  } catch (error) {
    transfer.fail(error)
    throw error
  }
}
