import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Peer } from '../bench/peer.ts'
import type { Case, Chapter } from './case.ts'
import { createFlags } from './cases/create-flags.ts'
import { createRequests } from './cases/create-requests.ts'
import { execAndLogs } from './cases/exec-and-logs.ts'
import { files } from './cases/files.ts'
import { images } from './cases/images.ts'
import { lifecycle } from './cases/lifecycle.ts'
import { networks } from './cases/networks.ts'
import { requests } from './cases/requests.ts'
import { running } from './cases/running.ts'
import { system } from './cases/system.ts'
import { versions } from './cases/versions.ts'
import { volumes } from './cases/volumes.ts'
import { Engine } from './engine.ts'
import { type Answers, documentOf, lineOf } from './table.ts'

const DOCUMENT = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url))

const CHAPTERS: readonly Chapter[] = [
  system,
  requests,
  createRequests,
  createFlags,
  running,
  lifecycle,
  execAndLogs,
  files,
  images,
  volumes,
  networks,
  versions,
]

const answers = new Map<Case, Answers>()
let document: string

const answersOf = (one: Case) => answers.get(one) ?? { dockerd: 'was not asked', ours: 'was not asked' }

/** All cases, one after another. */
async function askAll(peer: Peer): Promise<Map<Case, string>> {
  const engine = new Engine(peer)
  const given = new Map<Case, string>()
  for (const one of CHAPTERS.flatMap(({ cases }) => cases)) given.set(one, await one.ask(engine).catch((error: Error) => `failed: ${error.message}`))
  return given
}

/** Some 500 questions to two engines, one after the other. */
const MOST_MS = 600_000

const peers: Peer[] = []
beforeAll(async () => {
  // No rules in the packet filter: other engines on the machine have theirs.
  peers.push(await Peer.create('dockerd', ['--iptables=false', '--ip6tables=false']))
  peers.push(await Peer.create('ours'))
  const [dockerd, ours] = await Promise.all(peers.map(askAll))
  for (const [one, answer] of dockerd ?? []) answers.set(one, { dockerd: answer, ours: ours?.get(one) ?? 'was not asked' })
  if (process.env.COMPATIBILITY === 'write') await writeFile(DOCUMENT, documentOf(CHAPTERS, answersOf))
  document = await readFile(DOCUMENT, 'utf8')
}, MOST_MS)
afterAll(async () => {
  for (const peer of peers) await peer[Symbol.asyncDispose]()
})

describe.each(CHAPTERS)('$title', ({ cases }) => {
  test.each(cases)('$subject: $name', (one) => {
    const { dockerd, ours } = answersOf(one)
    expect([dockerd, ours].filter((answer) => answer.startsWith('failed: '))).toEqual([])
    if (one.differs === undefined) expect(ours, 'there is no reason to differ from dockerd').toBe(dockerd)
    else expect(ours, 'no longer differs: its reason can go').not.toBe(dockerd)
    expect(document.split('\n')).toContain(lineOf(one, { dockerd, ours }))
  })
})

test('docs/compatibility.md has these lines and no others', () => {
  expect(document).toBe(documentOf(CHAPTERS, answersOf))
})
