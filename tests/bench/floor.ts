import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cgroupHierarchies } from '../../engine/linux/cgroups.ts'
import type { OciSpec } from '../../engine/linux/oci.ts'
import { Runtime, type RuntimeBinary } from '../../engine/linux/runtime.ts'
import { type Case, median, quietly, timed } from './case.ts'
import { containerCases, createMany, removeAll } from './container-cases.ts'
import { InstantEngine } from './instant-engine.ts'
import { Peer } from './peer.ts'

const ID = 'floor'.padEnd(64, '0')
const CGROUP = '/erbench-floor'
const RUNC: RuntimeBinary = { path: '/usr/sbin/runc', args: [], isRunc: true, mountOptions: [] }

interface Row {
  readonly what: string
  readonly target: number
  readonly dockerd: number[]
  readonly ours: number[]
  readonly cli: number[]
  readonly runtime: number[]
}

/**
 * The cases whose target is below what the parts take that no engine can do without: the docker CLI, against an engine that answers at once,
 * and conmon with runc, without a daemon around them.
 * @returns a table that reads the same on a terminal and in Markdown
 */
export async function measureFloor(say: (text: string) => void, rounds: number): Promise<string> {
  await using ours = await Peer.create('ours')
  await using dockerd = await Peer.create('dockerd')
  await createMany(ours, 150)
  const { body: list } = await ours.api('GET', '/v1.51/containers/json?all=1')
  await removeAll(ours)
  await using instant = await InstantEngine.start(join(ours.root, 'instant.sock'), list)
  const byHand = await ByHand.of(ours)
  const parts = [
    { name: 'run-none', cli: ['run', '--rm', '--network', 'none', 'busybox', 'true'], runtime: () => byHand.run() },
    { name: 'exec', cli: ['exec', 'bench', 'true'], runtime: () => byHand.exec() },
    { name: 'list', cli: ['ps', '-a'], runtime: () => Promise.resolve(0) },
  ]
  const rows: Row[] = []
  for (const { name, cli, runtime } of parts) {
    const one = containerCases.find((known) => known.name === name)
    if (!one) throw new Error(`there is no case "${name}"`)
    say(`floor: ${one.what}`)
    rows.push(await measure(one, { ours, dockerd, rounds, cli: () => timed(() => quietly(instant, cli)), runtime }))
  }
  return tableOf(rows)
}

interface Measured {
  readonly ours: Peer
  readonly dockerd: Peer
  readonly rounds: number
  cli(): Promise<number>
  runtime(): Promise<number>
}

async function measure(one: Case, { ours, dockerd, rounds, cli, runtime }: Measured): Promise<Row> {
  const row: Row = { what: one.what, target: one.target, dockerd: [], ours: [], cli: [], runtime: [] }
  for (const peer of [ours, dockerd]) await one.prepare?.(peer)
  for (let round = 0; round < rounds; round++) {
    row.dockerd.push(await one.measure(dockerd))
    row.cli.push(await cli())
    row.runtime.push(await runtime())
    row.ours.push(await one.measure(ours))
  }
  for (const peer of [ours, dockerd]) await one.cleanUp?.(peer)
  return row
}

/** conmon and runc without a daemon around them, with the very spec that ours has made for a container without a network. */
class ByHand {
  readonly #runtime: Runtime
  readonly #spec: OciSpec
  readonly #running: { id: string; states: string }

  private constructor(runtime: Runtime, spec: OciSpec, running: { id: string; states: string }) {
    this.#runtime = runtime
    this.#spec = spec
    this.#running = running
  }

  static async of(ours: Peer): Promise<ByHand> {
    const id = await ours.ok('run', '-d', '--network', 'none', 'busybox', 'sleep', '100000')
    const [prefix = ''] = await readdir(join(ours.root, 'exec'))
    const execRoot = join(ours.root, 'exec', prefix)
    const spec = JSON.parse(await readFile(join(execRoot, 'bundles', id.slice(0, 24), 'config.json'), 'utf8'))
    spec.linux.cgroupsPath = CGROUP
    spec.process.args = ['true']
    const runtime = new Runtime({ conmon: '/usr/bin/conmon', execRoot: join(ours.root, 'by-hand'), cgroupHierarchies: cgroupHierarchies() })
    await runtime.start([])
    return new ByHand(runtime, spec, { id, states: join(execRoot, 'runtime') })
  }

  /** Milliseconds from the call of conmon to the exit code of a container's process; its root file system is there already. */
  async run(): Promise<number> {
    const streams = { hasTty: false, hasStdin: false, keepsStdinOpen: false }
    const ended = Promise.withResolvers<string>()
    const unwatch = this.#runtime.watchExits(ended.resolve)
    const taken = await timed(async () => {
      await this.#runtime.create(ID, () => Promise.resolve(this.#spec), { runtime: RUNC, logPath: undefined, ...streams })
      await this.#runtime.begin(ID, RUNC)
      await ended.promise
    })
    unwatch()
    await this.#runtime.cleanUp(ID, CGROUP)
    return taken
  }

  /** Milliseconds of `runc exec true`. */
  exec(): Promise<number> {
    return timed(() => runc('--root', this.#running.states, 'exec', this.#running.id, 'true'))
  }
}

async function runc(...args: string[]): Promise<void> {
  const child = spawn('runc', args, { stdio: 'ignore' })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
  if (code !== 0) throw new Error(`runc ${args.join(' ')}: exit ${code}`)
}

function tableOf(rows: readonly Row[]): string {
  const head = ['case', 'dockerd', 'target', 'leaves', 'the CLI alone', 'runc alone (of a run, with conmon)', 'both', 'ours']
  const show = (values: readonly number[]) => `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}) ms`
  const cells = rows.map(({ what, target, dockerd, ours, cli, runtime }) => [
    what,
    show(dockerd),
    `≤ ${target.toFixed(2)}`,
    `${(median(dockerd) * target).toFixed(0)} ms`,
    show(cli),
    show(runtime),
    `${(median(cli) + median(runtime)).toFixed(0)} ms`,
    show(ours),
  ])
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...cells.map(line)].join('\n')
}
