import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { run } from './run.ts'

/** A client that Go builds of its module, at a version that is pinned. */
export interface GoProgram {
  readonly module: string
  readonly version: string
  /** Of the module: the package that is the program, e.g. `./cmd`. */
  readonly package: string
  /** As the program is called. */
  readonly name: string
  /** The variable that holds the version which it says of itself. */
  readonly versionVariable: string
}

/**
 * The program's path in the cache; it is built once, from the module proxy. `go install` refuses a module with exclusions or replacements of its own.
 * @throws Error with what Go says
 */
export async function goProgram(wanted: GoProgram): Promise<string> {
  const program = placeOf(wanted)
  if (!existsSync(program)) await make(wanted, program)
  return program
}

/** Where the program is, or will be, alone in its folder. */
export function placeOf({ name, version }: GoProgram): string {
  return join(homedir(), '.cache/engineroom/peers', `${name.replace('docker-', '')}-${version}`, name)
}

async function make({ module, version, package: main, versionVariable }: GoProgram, program: string): Promise<void> {
  const { Dir } = JSON.parse(await go(['mod', 'download', '-json', `${module}@${version}`])) as { Dir: string }
  const source = join(dirname(dirname(program)), `${basename(dirname(program))}-source`)
  await rm(source, { recursive: true, force: true })
  await mkdir(dirname(program), { recursive: true })
  await cp(Dir, source, { recursive: true })
  const { code, stderr } = await run('chmod', ['-R', 'u+w', source])
  if (code !== 0) throw new Error(stderr)
  // A list of vendored packages without the packages.
  await rm(join(source, 'vendor'), { recursive: true, force: true })
  // A module of before there were modules, whose files of them go by other names.
  for (const end of ['mod', 'sum']) if (existsSync(join(source, `vendor.${end}`))) await rename(join(source, `vendor.${end}`), join(source, `go.${end}`))
  await go(['build', '-mod=mod', '-trimpath', '-ldflags', `-s -w -X ${versionVariable}=${version}`, '-o', `${program}.new`, main], source)
  await rename(`${program}.new`, program)
  await rm(source, { recursive: true, force: true })
}

async function go(args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, { cwd, timeoutMs: 1_200_000 })
  if (code !== 0) throw new Error(`go ${args.join(' ')}: ${stderr}`)
  return stdout
}

const CLI_MODULE = 'github.com/docker/cli'
const BUILDX_MODULE = 'github.com/docker/buildx'
const COMPOSE_MODULE = 'github.com/docker/compose/v2'

/** Docker's client. Debian's is of another decade. */
export const DOCKER: GoProgram = {
  module: CLI_MODULE,
  version: 'v28.5.2+incompatible',
  package: './cmd/docker',
  name: 'docker',
  versionVariable: `${CLI_MODULE}/cli/version.Version`,
}

/** Plugins of docker's client. */
export const BUILDX: GoProgram = {
  module: BUILDX_MODULE,
  version: 'v0.24.0',
  package: './cmd/buildx',
  name: 'docker-buildx',
  versionVariable: `${BUILDX_MODULE}/version.Version`,
}
export const COMPOSE: GoProgram = {
  module: COMPOSE_MODULE,
  version: 'v2.40.3',
  package: './cmd',
  name: 'docker-compose',
  versionVariable: `${COMPOSE_MODULE}/internal.Version`,
}
