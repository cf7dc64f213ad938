import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hasCode, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Health, HealthRecords } from './health.ts'
import type { ContainerPaths } from './paths.ts'

/** What is known of the health of containers, in a small file each, so that a restart of the daemon does not forget it. */
export class HealthFiles implements HealthRecords {
  readonly #paths: ContainerPaths
  readonly #log: Log

  constructor(paths: ContainerPaths, log: Log) {
    this.#paths = paths
    this.#log = log
  }

  load(id: string): Health | undefined {
    try {
      return JSON.parse(readFileSync(this.#paths.health(id), 'utf8')) as Health // Written by this class.
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  /** Whole or not at all. A disk that is full costs the memory, not the check. */
  save(id: string, health: Health): void {
    const path = this.#paths.health(id)
    try {
      writeFileSync(`${path}.new`, JSON.stringify(health))
      renameSync(`${path}.new`, path)
    } catch (error) {
      this.#log.warn('what is known of the health of a container could not be kept', { container: id, error: messageOf(error) })
    }
  }
}
