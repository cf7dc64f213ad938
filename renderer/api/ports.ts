import { fetchJson } from './engine-client.ts'
import { isRecord, type JsonRecord, numberAt, recordsAt, textAt } from './json.ts'

/** Who listens on a port of the engine's machine. */
export interface PortHolder {
  readonly address: string
  /** Undefined when the kernel names no process. */
  readonly pid: number | undefined
  readonly program: string
  readonly command: string
}

/** @param protocol `tcp`, `udp` or `sctp` */
export async function listPortHolders(port: number, protocol: string, signal?: AbortSignal): Promise<PortHolder[]> {
  const reply = await fetchJson(`/engineroom/v1/ports/${port}/${protocol}`, { signal })
  return isRecord(reply) ? recordsAt(reply, 'holders').map(parseHolder) : []
}

function parseHolder(from: JsonRecord): PortHolder {
  return { address: textAt(from, 'address'), pid: numberAt(from, 'pid'), program: textAt(from, 'program'), command: textAt(from, 'command') }
}
