import { readFile, stat } from 'node:fs/promises'

/** bcrypt's form; what Apache calls `$2y$` is the same as `$2a$` and `$2b$`. */
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/

/** @returns names and the hashes of their passwords @throws Error that names the line which is not right */
export function parseHtpasswd(text: string): ReadonlyMap<string, string> {
  const accounts = new Map<string, string>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const cut = line.indexOf(':')
    const hash = line.slice(cut + 1).trim()
    if (cut <= 0 || !BCRYPT.test(hash)) throw new Error(`line ${index + 1}: not NAME:HASH with a bcrypt hash, as htpasswd -B writes it`)
    accounts.set(line.slice(0, cut), hash)
  }
  return accounts
}

/** A file of accounts, which may change while we run. */
export class HtpasswdFile {
  readonly #path: string
  #version = ''
  #accounts: ReadonlyMap<string, string> = new Map()

  constructor(path: string) {
    this.#path = path
  }

  /** As the file is now. @throws Error when it cannot be read, or has a line that is not right */
  async accounts(): Promise<ReadonlyMap<string, string>> {
    const { mtimeMs, size, ino } = await stat(this.#path)
    const version = `${ino} ${mtimeMs} ${size}`
    if (version === this.#version) return this.#accounts
    try {
      this.#accounts = parseHtpasswd(await readFile(this.#path, 'utf8'))
    } catch (error) {
      throw new Error(`${this.#path}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
    this.#version = version
    return this.#accounts
  }
}
