import { parseArgs } from 'node:util'
import { bundle } from '../../build/bundle.ts'
import { buildCases } from './build-cases.ts'
import { buildxCases } from './buildx-cases.ts'
import type { Case } from './case.ts'
import { containerCases, logCases } from './container-cases.ts'
import { daemonCases } from './daemon-cases.ts'
import { measureFloor } from './floor.ts'
import { measureGigabyte } from './gigabyte.ts'
import { imageCases } from './image-cases.ts'
import { Peer } from './peer.ts'
import { measureRegistry } from './registry-speed.ts'
import { measureScale } from './scale.ts'
import { type Result, tableOf } from './table.ts'
import { measureWindow } from './window/measure-window.ts'

const CASES: readonly Case[] = [...containerCases, ...logCases, ...imageCases, ...buildCases, ...buildxCases, ...daemonCases]

const USAGE = `npm run bench -- [--only NAME[,NAME…]] [--rounds N] [--json]

Compares our daemon with a real dockerd: same machine, same docker CLI, same image, by turns (ours, dockerd, ours, …),
medians. Times are noise on a busy machine; the ratios hold. Names:
${CASES.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}

Alone, without dockerd:
  scale        300 containers at a time, memory and event loop of our daemon
  gigabyte     pulls of an image of 1 GB, memory and event loop of our daemon
  window       the real window: its start, 1,000 containers and 1,000 images, what it takes while nobody looks

Our registry with Debian's docker-registry:
  registry     push and pull of an image of 1 GB, by curl and by skopeo

Why some targets cannot be met:
  floor        what the docker CLI and runc take by themselves of run-none, exec and list`

/**
 * `npm run bench`: measures every case on both daemons and prints the table of ratios with the targets of the design.
 * @returns the exit code: 0 also when a target is missed, as timings never decide
 */
async function main(argv: readonly string[]): Promise<number> {
  const options = {
    only: { type: 'string' },
    rounds: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const
  const { values } = parseArgs({ args: [...argv], options })
  if (values.help) return print(USAGE)
  if (values.only === 'scale') return bundle().then(async () => print(await measureScale(say)))
  if (values.only === 'gigabyte') return bundle().then(async () => print(await measureGigabyte(say)))
  if (values.only === 'window') return bundle().then(async () => print(await measureWindow(say)))
  if (values.only === 'registry') return bundle().then(async () => print(await measureRegistry(say, Math.min(Number(values.rounds), 5))))
  if (values.only === 'floor') return bundle().then(async () => print(await measureFloor(say, Number(values.rounds))))
  const wanted = values.only?.split(',')
  const unknown = wanted?.find((name) => !CASES.some((one) => one.name === name))
  if (unknown !== undefined) throw new Error(`there is no case "${unknown}"\n\n${USAGE}`)
  await bundle()
  await using ours = await Peer.create('ours')
  await using dockerd = await Peer.create('dockerd')
  const results: Result[] = []
  for (const one of CASES.filter(({ name }) => wanted?.includes(name) ?? true)) {
    say(`${one.name}: ${one.what}`)
    results.push(await measure(one, { ours, dockerd }, Number(values.rounds)))
  }
  return print(values.json ? JSON.stringify(results, undefined, 2) : tableOf(results))
}

/** By turns, each round the other way round, so that neither always has the warmer machine. */
async function measure(one: Case, { ours, dockerd }: { ours: Peer; dockerd: Peer }, rounds: number): Promise<Result> {
  const { name, what, unit, target, isAbsolute = false } = one
  const result = { name, what, unit, target, isAbsolute, ours: [] as number[], dockerd: [] as number[] }
  const missing = one.missing?.()
  if (missing !== undefined) return { ...result, skipped: `skipped: ${missing}` }
  for (const peer of [ours, dockerd]) await one.prepare?.(peer)
  for (let round = 0; round < Math.min(rounds, one.mostRounds ?? rounds); round++) {
    for (const peer of round % 2 === 0 ? [ours, dockerd] : [dockerd, ours]) result[peer.name].push(await one.measure(peer))
  }
  for (const peer of [ours, dockerd]) await one.cleanUp?.(peer)
  return result
}

function say(text: string): void {
  process.stderr.write(`• ${text}\n`)
}

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
