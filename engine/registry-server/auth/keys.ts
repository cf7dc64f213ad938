import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { messageOf } from '../../errors.ts'

const PEM = /-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----/g

/**
 * The public keys of whoever signs tokens.
 * @param path PEM certificates or public keys, or a JSON Web Key Set
 * @throws Error when there is none in it, or one that we cannot use
 * @see RFC 7517
 */
export async function readTokenKeys(path: string): Promise<KeyObject[]> {
  const text = await readFile(path, 'utf8')
  try {
    const keys = text.trimStart().startsWith('{') ? jwksKeys(text) : (text.match(PEM) ?? []).map((pem) => createPublicKey(pem))
    if (keys.length === 0) throw new Error('there is no key in it')
    for (const { asymmetricKeyType: type } of keys) if (type !== 'rsa' && type !== 'ec') throw new Error(`a key of type ${type}: only RSA and EC are supported`)
    return keys
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error })
  }
}

function jwksKeys(text: string): KeyObject[] {
  const { keys } = JSON.parse(text) as { keys?: JsonWebKey[] }
  return (keys ?? []).map((key) => createPublicKey({ key, format: 'jwk' }))
}
