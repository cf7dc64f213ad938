import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { median, timed } from './case.ts'
import { type GigabyteImage, gigabyteImage, LAYERS } from './gigabyte-image.ts'
import { Registry, type RegistryName } from './registry.ts'

const SIDE_BY_SIDE = 4
const TARGET = 0.8
const NAMES: readonly RegistryName[] = ['ours', 'docker-registry']

type Times = Record<RegistryName, number[]>

interface Row {
  readonly what: string
  readonly times: Times
  /** The client without a registry, where that can be had. */
  readonly alone?: number[]
}

/**
 * An image of 1 GB in ten layers, to and from our registry and Debian's, by turns: with curl, which computes nothing and keeps its connection, and
 * with skopeo, which hashes all that it moves.
 * @returns a table that reads the same on a terminal and in Markdown
 * @throws Error when a tool is missing or fails
 */
export async function measureRegistry(say: (text: string) => void, rounds: number): Promise<string> {
  if (!Registry.isThere()) throw new Error('docker-registry is not installed')
  const image = await gigabyteImage('plain')
  const row = (what: string): Row => ({ what, times: { ours: [], 'docker-registry': [] } })
  const rows = { push: row('push, curl'), pull: row('pull, curl'), copyTo: { ...row('push, skopeo'), alone: [] as number[] }, copyFrom: row('pull, skopeo') }
  const hasSkopeo = existsSync('/usr/bin/skopeo')
  for (let round = 1; round <= rounds; round++) {
    say(`registry: round ${round} of ${rounds}`)
    for (const name of round % 2 === 0 ? NAMES.toReversed() : NAMES) {
      await using registry = await Registry.start(name)
      await warmUp(registry, image)
      rows.push.times[name].push(await timed(() => pushAll(registry, image)))
      rows.pull.times[name].push(await timed(() => pullAll(registry, image)))
    }
    if (!hasSkopeo) continue
    const out = await mkdtemp('/tmp/erbench-copied-')
    for (const name of round % 2 === 0 ? NAMES.toReversed() : NAMES) {
      await using registry = await Registry.start(name)
      const there = `docker://${registry.address}/bench`
      rows.copyTo.times[name].push(await timed(() => copy('--preserve-digests', '--dest-tls-verify=false', `dir:${image.folder}`, there)))
      rows.copyFrom.times[name].push(await timed(() => copy('--src-tls-verify=false', there, `dir:${join(out, name)}`)))
    }
    rows.copyTo.alone.push(await timed(() => copy('--preserve-digests', `dir:${image.folder}`, `dir:${join(out, 'alone')}`)))
    await rm(out, { recursive: true })
  }
  return tableOf(hasSkopeo ? Object.values(rows) : [rows.push, rows.pull])
}

/** A registry runs for long, and is seldom asked for the first time. */
async function warmUp(registry: Registry, { folder, blobs }: GigabyteImage): Promise<void> {
  const one = { folder, blobs: blobs.slice(0, 1) }
  await pushAll(registry, one)
  await pullAll(registry, one)
}

/** As clients do: some layers at a time, each in two requests. */
async function pushAll(registry: Registry, { folder, blobs }: GigabyteImage): Promise<void> {
  const waiting = [...blobs]
  const client = async () => {
    for (let hex = waiting.pop(); hex; hex = waiting.pop()) await push(registry, join(folder, hex), hex)
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, client))
}

async function push({ address }: Registry, file: string, hex: string): Promise<void> {
  const begun = await fetch(`http://${address}/v2/bench/blobs/uploads/`, { method: 'POST' })
  const url = new URL(begun.headers.get('location') ?? '', `http://${address}`)
  url.searchParams.set('digest', `sha256:${hex}`)
  await run('curl', '-s', '-S', '-f', '-H', 'Content-Type: application/octet-stream', '-H', 'Expect:', '-T', file, url.href)
}

async function pullAll({ address }: Registry, { blobs }: GigabyteImage): Promise<void> {
  await run('curl', '-s', '-S', '-f', ...blobs.flatMap((hex) => ['-o', '/dev/null', `http://${address}/v2/bench/blobs/sha256:${hex}`]))
}

function copy(...args: string[]): Promise<void> {
  return run('skopeo', 'copy', '-q', ...args)
}

async function run(program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}`)
}

function tableOf(rows: readonly Row[]): string {
  const head = [`1 GB, ${LAYERS} layers`, 'ours', 'docker-registry', 'ours ÷ docker-registry', 'target', '', 'no registry in between']
  const show = (times: readonly number[]) =>
    `${(median(times) / 1000).toFixed(2)} (${(Math.min(...times) / 1000).toFixed(2)}–${(Math.max(...times) / 1000).toFixed(2)}) s`
  const cells = rows.map(({ what, times, alone }) => {
    const ratio = median(times.ours) / median(times['docker-registry'])
    const verdict = ratio <= TARGET ? 'met' : 'MISSED'
    return [what, show(times.ours), show(times['docker-registry']), ratio.toFixed(2), `≤ ${TARGET.toFixed(2)}`, verdict, alone ? show(alone) : '']
  })
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...cells.map(line)].join('\n')
}
