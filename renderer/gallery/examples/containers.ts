import { parseContainer } from '../../api/containers.ts'
import type { JsonRecord } from '../../api/json.ts'
import { SUMMARIES } from './engine-api.ts'

/** Containers as the list has them, one a state. */
export const ROWS = SUMMARIES.map((one: JsonRecord) => parseContainer(one, Date.now()))

function named(name: string) {
  const row = ROWS.find((one) => one.name === name)
  if (!row) throw new Error(`no example is called ${name}`)
  return row
}

export const WEB = named('example-web')
export const WORKER = named('example-worker')
export const BY_ID = new Map(ROWS.map((row) => [row.id, row]))
