import { access, cp, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from '../harness/run.ts'

const VERSION = 'v0.24.0'
const MODULE = 'github.com/docker/buildx'

/** A client's plugin folder with buildx in it. Go builds it once, from the module proxy; `go install` refuses a module with exclusions of its own. */
const FOLDER = join(homedir(), '.cache/engineroom/peers', `buildx-${VERSION}`)

declare module 'vitest' {
  export interface ProvidedContext {
    buildx: string
  }
}

export default async function ({ provide }: TestProject): Promise<void> {
  const program = join(FOLDER, 'docker-buildx')
  if (
    !(await access(program).then(
      () => true,
      () => false,
    ))
  )
    await make(program)
  provide('buildx', program)
}

async function make(program: string): Promise<void> {
  const { Dir } = JSON.parse(await go(['mod', 'download', '-json', `${MODULE}@${VERSION}`])) as { Dir: string }
  const source = `${FOLDER}-source`
  await rm(source, { recursive: true, force: true })
  await mkdir(dirname(program), { recursive: true })
  await cp(Dir, source, { recursive: true })
  const { code, stderr } = await run('chmod', ['-R', 'u+w', source])
  if (code !== 0) throw new Error(stderr)
  // A list of vendored packages without the packages.
  await rm(join(source, 'vendor'), { recursive: true, force: true })
  const flags = `-s -w -X ${MODULE}/version.Version=${VERSION}`
  await go(['build', '-mod=mod', '-trimpath', '-ldflags', flags, '-o', `${program}.new`, './cmd/buildx'], source)
  await rename(`${program}.new`, program)
  await rm(source, { recursive: true, force: true })
}

async function go(args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, { cwd, timeoutMs: 1_200_000 })
  if (code !== 0) throw new Error(`go ${args.join(' ')}: ${stderr}`)
  return stdout
}
