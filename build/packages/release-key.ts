import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** Names a file with the private half of the release key, in PEM. */
const VARIABLE = 'ENGINEROOM_RELEASE_KEY'

/**
 * The key that signs what windows are told of releases. `openssl genpkey -algorithm ed25519 -out FILE` makes one.
 * @returns undefined where nobody has named one: all is made, and nothing signed
 * @throws Error for a file that has none of its kind
 */
export async function releaseKey(path = process.env[VARIABLE]): Promise<KeyObject | undefined> {
  if (path === undefined || path === '') return undefined
  const key = createPrivateKey(await readFile(path))
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`${VARIABLE}: ${path} has a key of ${key.asymmetricKeyType}; openssl genpkey -algorithm ed25519 makes one`)
  return key
}
