import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { inject } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import type { Outcome } from '../harness/run.ts'
import { Session, terminal } from '../harness/session.ts'
import { until } from '../harness/until.ts'

/** A daemon whose docker CLI has compose and buildx as plugins. */
export async function startWithCompose(flags: readonly string[] = []): Promise<TestDaemon> {
  const daemon = await startDaemon({ flags })
  await writeFile(join(daemon.root, 'docker-config/config.json'), JSON.stringify({ cliPluginsExtraDirs: inject('plugins') }))
  return daemon
}

/** One container of a project, as `ps --format json` has it. */
export interface Row {
  readonly Name: string
  readonly Service: string
  readonly State: string
  readonly Health: string
  readonly ExitCode: number
  readonly Publishers: readonly { readonly TargetPort: number; readonly PublishedPort: number; readonly Protocol: string }[] | null
}

/** A project of compose's in a folder of its own. */
export class Project {
  readonly #daemon: TestDaemon
  readonly name: string
  readonly folder: string

  private constructor(daemon: TestDaemon, name: string) {
    this.#daemon = daemon
    this.name = name
    this.folder = join(daemon.root, 'projects', name)
  }

  /** @param files by path; `compose.yaml` is what is run */
  static async create(daemon: TestDaemon, name: string, files: Readonly<Record<string, string>>): Promise<Project> {
    const project = new Project(daemon, name)
    for (const [path, text] of Object.entries(files)) await project.write(path, text)
    return project
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true })
    await writeFile(join(this.folder, path), text)
  }

  /** Runs compose, whatever its exit code. */
  compose(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return this.#daemon.docker(['compose', '--ansi', 'never', '-f', join(this.folder, 'compose.yaml'), '-p', this.name, ...args], {
      env: { DOCKER_BUILDKIT: '1', ...env },
      timeoutMs: 100_000,
    })
  }

  /** Runs compose, which must succeed. @returns what it prints, both streams, without the last newline */
  async ok(...args: string[]): Promise<string> {
    return this.okWith({}, ...args)
  }

  async okWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.compose(args, env)
    if (code !== 0)
      throw new Error(`docker compose ${args.join(' ')}: exit ${code}\n${stderr}${stdout}\n--- daemon ---\n${(await this.#daemon.log()).slice(-3000)}`)
    return (stdout + stderr).trimEnd()
  }

  /** What a program in a service's container prints. */
  async exec(service: string, ...command: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.compose(['exec', '-T', service, ...command])
    if (code !== 0) throw new Error(`${command.join(' ')} in ${service}: exit ${code}\n${stderr}${stdout}`)
    return stdout.trimEnd()
  }

  /** The same by a shell, once it goes well. */
  shell(service: string, script: string): Promise<string> {
    return this.exec(service, 'sh', '-ec', script)
  }

  /** Every container of the project, by name. */
  async rows(): Promise<Row[]> {
    const text = await this.ok('ps', '--all', '--no-trunc', '--format', 'json')
    const rows = text.split('\n').filter((line) => line.startsWith('{'))
    return rows.map((line) => JSON.parse(line) as Row).sort((a, b) => a.Name.localeCompare(b.Name))
  }

  /** How the containers are: `NAME state`. */
  async states(): Promise<string[]> {
    return (await this.rows()).map(({ Name, State }) => `${Name} ${State}`)
  }

  /** A field of a service's first container, by a template of `docker inspect`. */
  inspect(service: string, template: string): Promise<string> {
    return this.#daemon.ok('inspect', '--format', template, `${this.name}-${service}-1`)
  }

  /** Compose as it runs on, with pipes. */
  session(...args: string[]): Session {
    return new Session(this.#daemon, 'docker', this.#command(args))
  }

  /** Compose in a terminal. */
  terminal(...args: string[]): Session {
    return terminal(this.#daemon, ['docker', ...this.#command(args)].join(' '))
  }

  async eventually(service: string, script: string, expected: string): Promise<void> {
    await until(`${script} to give ${expected}`, async () => (await this.shell(service, script)) === expected, 30_000)
  }

  #command(args: readonly string[]): string[] {
    return ['compose', '--ansi', 'never', '-f', join(this.folder, 'compose.yaml'), '-p', this.name, ...args]
  }
}

/** Nothing of any project is left, but what the daemon began with. */
export async function leftovers(daemon: TestDaemon): Promise<string[]> {
  const lists = [
    daemon.ok('ps', '--all', '--format', '{{.Names}}'),
    daemon.ok('volume', 'ls', '--format', '{{.Name}}'),
    daemon.ok('network', 'ls', '--filter', 'type=custom', '--format', '{{.Name}}'),
    daemon.ok('images', '--format', '{{.Repository}}'),
  ]
  return (await Promise.all(lists)).flatMap((text) => text.split('\n')).filter((name) => name !== '' && name !== 'busybox')
}
