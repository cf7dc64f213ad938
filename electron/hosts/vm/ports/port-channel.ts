import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { codeOf, messageOf } from '../../../errors.ts'
import { upgraded } from '../../../forward/upgraded.ts'
import { PlainError } from '../../plain-error.ts'
import { onLines } from '../lines.ts'
import { parseJson } from '../parse-json.ts'
import type { HostPorts } from './host-ports.ts'
import { type PortRequest, PortRequestSchema } from './port-request.ts'
import { whatToAllow } from './what-to-allow.ts'

/** Nobody answers on its socket, at this moment. */
export class EngineUnreachable extends PlainError {}

/**
 * Opens the channel on which the engine in the guest asks for ports of this computer, and serves it. The engine asks
 * before a container starts, and waits for the answer.
 * @returns resolves, in `ended`, when the channel has: then every port is given back
 * @throws PlainError when the engine does not know of such a thing; EngineUnreachable
 */
export async function openPortChannel(engineSocket: string, ports: HostPorts, signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
  const channel = await upgrade(engineSocket, signal)
  channel.on('error', () => undefined) // Its end is told by `close`.
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  onLines(channel, (line) => {
    const asked = parseJson(PortRequestSchema, line)
    if (!asked) return void channel.destroy()
    serve(asked, ports).then(
      (failure) => channel.write(`${JSON.stringify({ id: asked.id, ...failure })}\n`),
      (error: unknown) => channel.destroy(error instanceof Error ? error : undefined),
    )
  })
  channel.on('close', () => void ports.releaseAll().finally(resolve))
  return { ended }
}

/** @returns why not, and what to do about it; undefined when it was done */
async function serve(asked: PortRequest, ports: HostPorts): Promise<{ readonly code: string; readonly remedy: string | undefined } | undefined> {
  try {
    await (asked.op === 'hold' ? ports.hold(asked) : ports.release(asked))
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === undefined) throw error
    return { code, remedy: whatToAllow(code, asked, process.platform) }
  }
}

async function upgrade(socketPath: string, signal: AbortSignal): Promise<Duplex> {
  const headers = { Host: 'engine', Connection: 'Upgrade', Upgrade: 'tcp' }
  const outgoing = request({ socketPath, method: 'POST', path: '/engineroom/v1/outer-host', agent: false, headers, signal })
  outgoing.end()
  try {
    return await upgraded(outgoing, async ({ statusCode }) => {
      outgoing.destroy()
      return new PlainError(`The engine in the guest takes no ports of this computer: status ${statusCode}.`, 'Make its image anew with: engineroom vm build')
    })
  } catch (error) {
    if (error instanceof PlainError) throw error
    throw signal.aborted ? signal.reason : new EngineUnreachable(`The engine cannot be reached: ${messageOf(error)}.`)
  }
}
