import { expect } from 'vitest'
import type { ApiAnswer } from '../../harness/api-request.ts'
import type { TestDaemon } from '../../harness/daemon.ts'

/** Of the busybox image. */
export const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

type Json = Record<string, unknown>

export interface Inspected extends Json {
  readonly Config: Json
  readonly HostConfig: Json
}

/** @param version `/v1.44`, or none */
export function createContainer(daemon: TestDaemon, body: unknown, query = '', version = ''): Promise<ApiAnswer> {
  return daemon.api('POST', `${version}/containers/create${query}`, body)
}

/** One of busybox. @returns its id */
export async function madeContainer(daemon: TestDaemon, body: object, query = '', version = ''): Promise<string> {
  const answer = await createContainer(daemon, { Image: 'busybox', ...body }, query, version)
  expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
  return answer.json<{ Id: string }>().Id
}

export async function inspected(daemon: TestDaemon, id: string, version = ''): Promise<Inspected> {
  return (await daemon.api('GET', `${version}/containers/${id}/json`)).json<Inspected>()
}
