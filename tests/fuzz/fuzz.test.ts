import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { openFiles, residentBytes } from '../harness/open-files.ts'
import { until } from '../harness/until.ts'
import { fuzzArchives } from './archives.ts'
import { Guests } from './guests.ts'
import { type FuzzRequest, fuzzRequest } from './request.ts'
import { complaintAbout } from './verdict.ts'
import { send } from './wire.ts'

/*
 * Requests that no honest client would send, to every endpoint: none may be answered with an error of the engine's own,
 * end the daemon, or leave anything behind. The same seed asks the same again, also one alone:
 *
 *   FUZZ_REQUESTS=100000 FUZZ_SEED=random vitest run --project daemon tests/fuzz
 *   FUZZ_SEED=… FUZZ_FIRST=1234 FUZZ_REQUESTS=1 vitest run --project daemon tests/fuzz
 */
const COUNT = Number(process.env.FUZZ_REQUESTS ?? 1500)
const FIRST = Number(process.env.FUZZ_FIRST ?? 0)
const SEED = process.env.FUZZ_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(process.env.FUZZ_SEED ?? 947686)

/** After so many the containers are put back in order; after the first, what the daemon has open is what it needs. */
const ROUND = 250
/** Half-open connections that are kept at a time. */
const MOST_LEFT = 20
/** What the daemon may have open more than after the first round: three sockets for each of the eight shells that it keeps for tools, and what is just closing. */
const MORE_FILES = 30
/** The collector takes its time, and code is compiled as it is first needed. */
const MORE_BYTES = 60 * 1024 * 1024
const MOST_COMPLAINTS = 20

test(
  `${COUNT} requests from seed ${SEED}`,
  async () => {
    // Whatever is asked of Docker Hub is asked of nobody.
    await using daemon = await startDaemon({ flags: ['--hub', 'http://127.0.0.1:1'] })
    const { sandbox, canary } = await makeFolders(daemon)
    const world = { sandbox, archives: await fuzzArchives() }
    const guests = new Guests(daemon)
    const complaints: string[] = []
    const left: Socket[] = []
    await guests.receive()
    const before = { files: (await openFiles(daemon.pid)).length, bytes: await residentBytes(daemon.pid) }
    for (let number = FIRST; number < FIRST + COUNT && complaints.length < MOST_COMPLAINTS; number++) {
      if (number % ROUND === 0) await guests.receive()
      const request = guests.fillIn(fuzzRequest(SEED, number, world))
      const answer = await send(daemon.socketPath, request, left)
      const complaint = answer && complaintAbout(request, answer)
      if (complaint) complaints.push(`${describe(request)} ${complaint}: ${answer.text.slice(0, 600)}`)
      if (left.length > MOST_LEFT) left.shift()?.destroy()
    }
    for (const socket of left) socket.destroy()
    // What the requests left behind is worth knowing all the same.
    expect.soft(complaints).toEqual([])
    await guests.receive()
    await until('the daemon to close what the requests opened', async () => (await openFiles(daemon.pid)).length <= before.files + MORE_FILES)
    await until('the daemon to give back memory', async () => {
      const more = (await residentBytes(daemon.pid)) - before.bytes
      if (more >= MORE_BYTES) throw new Error(`it has ${more} bytes more than before`)
      return true
    })
    expect(await readFile(canary, 'utf8')).toBe('alive')
  },
  COUNT * 300 + 60_000,
)

/** Binds come from one; the other is where paths lead that leave the daemon's folders. */
async function makeFolders(daemon: TestDaemon): Promise<{ sandbox: string; canary: string }> {
  const sandbox = join(daemon.root, 'sandbox')
  const canary = join(daemon.root, 'outside', 'canary')
  await Promise.all([mkdir(sandbox), mkdir(join(daemon.root, 'outside'))])
  await writeFile(canary, 'alive')
  return { sandbox, canary }
}

function describe({ number, manner, head, body }: FuzzRequest): string {
  return `#${number} (${manner}) ${head.slice(0, 500)}${body.subarray(0, 500).toString('latin1')}`
}
