import { callEngine, engineUrl } from './engine-client.ts'
import { isRecord, numberAt, textAt, textsAt } from './json.ts'

/** Whether other computers reach the engine, by TLS and with a certificate. */
export interface TlsAccess {
  readonly isOn: boolean
  readonly port: number
  /** What the engine's certificate says that it is called; the first is what somebody has named, or the machine's own name. */
  readonly hosts: readonly string[]
  /** Why it cannot be switched on; empty when it can. */
  readonly lock: string
  /** Why it does not listen, though it is on; empty when it does. */
  readonly failure: string
}

const PATH = '/engineroom/v1/tls-access'

/** Where the browser finds `ca.pem`, `cert.pem` and `key.pem` of a client, as a tar archive. */
export const CLIENT_BUNDLE_URL = engineUrl(`${PATH}/client`)

export async function readTlsAccess(signal: AbortSignal): Promise<TlsAccess> {
  return accessIn(await callEngine('GET', PATH, { signal }))
}

/** Makes an authority and certificates of it, and listens. @param hosts by which others reach the engine's machine @throws CallError */
export async function turnOnTlsAccess(port: number, hosts: readonly string[]): Promise<TlsAccess> {
  return accessIn(await callEngine('PUT', PATH, { body: { isOn: true, port, hosts } }))
}

/** Cuts off who came by it; certificates made for it open nothing any more. @throws CallError */
export async function turnOffTlsAccess(): Promise<TlsAccess> {
  return accessIn(await callEngine('PUT', PATH, { body: { isOn: false } }))
}

async function accessIn(response: Response): Promise<TlsAccess> {
  const reply: unknown = await response.json()
  const from = isRecord(reply) ? reply : {}
  return {
    isOn: from.isOn === true,
    port: numberAt(from, 'port') ?? 0,
    hosts: textsAt(from, 'hosts'),
    lock: textAt(from, 'lock'),
    failure: textAt(from, 'failure'),
  }
}
