import { closeSync, openSync, writeSync } from 'node:fs'
import type { AuditEntry } from '../api/request-audit.ts'
import { messageOf } from '../errors.ts'
import { checkPeerCredentials } from '../linux/peer-credentials.ts'
import type { Log } from '../log.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { DaemonOptions } from './flags.ts'

/**
 * The audit log, if one is wanted.
 * @throws ConfigurationError when it could not be kept, or could not say who
 */
export async function openAuditLog({ auditLog, hosts }: DaemonOptions, log: Log): Promise<AuditLog | undefined> {
  if (auditLog === undefined) return undefined
  if (hosts.some((host) => host.startsWith('unix://'))) {
    await checkPeerCredentials().catch((error: unknown) => {
      throw new ConfigurationError(`--audit-log needs perl to learn who uses a unix socket: ${messageOf(error)}`)
    })
  }
  return new AuditLog(auditLog, log)
}

/** The file of `--audit-log`: one line of JSON a request, appended. A new one is for its owner alone. */
export class AuditLog {
  readonly #path: string
  readonly #log: Log
  #file: number

  /** @throws ConfigurationError when it cannot be written */
  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
    try {
      this.#file = openSync(path, 'a', 0o600)
    } catch (error) {
      throw new ConfigurationError(`the --audit-log cannot be written: ${messageOf(error)}`)
    }
  }

  /** What cannot be written, because the disk is full for example, is said in the daemon's log: the request has been served. */
  add(entry: AuditEntry): void {
    try {
      writeSync(this.#file, `${JSON.stringify(entry)}\n`)
    } catch (error) {
      this.#log.error(`a request could not be noted in the audit log: ${messageOf(error)}`, { ...entry })
    }
  }

  /** After somebody has moved the file away. Without a new one, the old one goes on. */
  reopen(): void {
    try {
      const file = openSync(this.#path, 'a', 0o600)
      closeSync(this.#file)
      this.#file = file
    } catch (error) {
      this.#log.error(`the audit log was not reopened: ${messageOf(error)}`)
    }
  }
}
