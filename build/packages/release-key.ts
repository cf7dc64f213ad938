import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** Names a PEM file with the release key, or its public half alone. */
const VARIABLE = 'ENGINEROOM_RELEASE_KEY'

/** Of whoever makes releases. */
export interface ReleaseKey {
  /** What packages bring, to know the next release by. */
  readonly publicKey: KeyObject
  /** Signs, as Ed25519 does; nobody who has the public half alone. */
  readonly sign?: (bytes: Uint8Array) => Uint8Array
}

/**
 * The key that signs what windows are told of releases. `openssl genpkey -algorithm ed25519 -out FILE` makes one.
 * @returns undefined where nobody has named one: all is made, and nothing signed
 * @throws Error for a file that has none of its kind
 */
export async function releaseKey(path = process.env[VARIABLE]): Promise<ReleaseKey | undefined> {
  if (path === undefined || path === '') return undefined
  const pem = await readFile(path, 'utf8')
  const publicKey = createPublicKey(pem)
  if (publicKey.asymmetricKeyType !== 'ed25519')
    throw new Error(`${VARIABLE}: ${path} has a key of ${publicKey.asymmetricKeyType}; openssl genpkey -algorithm ed25519 makes one`)
  if (!pem.includes('PRIVATE KEY')) return { publicKey }
  const privateKey = createPrivateKey(pem)
  return { publicKey, sign: (bytes) => sign(null, bytes, privateKey) }
}

/** Whether it is more than the public half. */
export function canSign(key: ReleaseKey | undefined): key is Required<ReleaseKey> {
  return key?.sign !== undefined
}

/** The public half as a file. */
export function publicPem({ publicKey }: ReleaseKey): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}
