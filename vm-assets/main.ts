import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliCommand } from '../engine/cli/command/command.ts'
import { ExitError } from '../engine/cli/exit-error.ts'
import { VERSION } from '../engine/daemon/version.ts'
import { messageOf } from '../engine/errors.ts'
import { ownArch, parseArch } from './arch.ts'
import { buildImage } from './build-image.ts'
import { formatLockFile, parseLockFile } from './lock-file.ts'
import type { Manifest } from './manifest.ts'
import { lockArch, refreshLock } from './refresh-lock.ts'

interface BuildOptions {
  readonly arch?: string
  readonly out?: string
  readonly newest?: boolean
  readonly refreshLock?: boolean
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOCK = fileURLToPath(new URL('packages.lock.json', import.meta.url))

/** `engineroom vm build` */
function command(): CliCommand {
  return new CliCommand({ path: 'vm build', usage: '[OPTIONS]', summary: 'Make the image of the virtual machine: kernel, initrd and root file system' })
    .flag('--arch <string>', 'x86_64 or arm64 (default: of this machine)')
    .flag('--out <dir>', 'Folder for the image (default ~/.cache/engineroom/vm/ARCH)')
    .flag('--newest', 'Take the newest packages, whatever vm-assets/packages.lock.json says')
    .flag('--refresh-lock', 'Look for the newest packages first, and write them into vm-assets/packages.lock.json')
    .perform<BuildOptions>((_, options) => build(options))
}

async function build({ arch: name, out, newest: isNewest, refreshLock: isRefreshed }: BuildOptions): Promise<void> {
  const arch = name === undefined ? ownArch() : parseArch(name)
  const say = (text: string) => process.stderr.write(`• ${text}\n`)
  if (isRefreshed || isNewest) say('asking Debian and npm for the newest packages')
  if (isRefreshed) await writeFile(LOCK, formatLockFile(await refreshLock(new Date())))
  const engine = join(ROOT, 'dist/engine')
  if (!existsSync(join(engine, 'daemon.mjs'))) throw new Error('the engine is not built: node build/bundle.ts')
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'engineroom')
  const target = resolve(out ?? join(cache, 'vm', arch.name))
  const locked = isNewest && !isRefreshed ? await lockArch(arch, new Date()) : parseLockFile(await readFile(LOCK, 'utf8'))[arch.name]
  const manifest = await buildImage({ arch, locked, version: VERSION.version, engine, cache: join(cache, 'packages'), out: target, say })
  process.stdout.write(`${target}\n${summary(manifest)}`)
}

function summary({ files }: Manifest): string {
  return Object.values(files)
    .map(({ name, sizeBytes, sha256 }) => `${sha256}  ${(sizeBytes / 1e6).toFixed(1).padStart(6)} MB  ${name}\n`)
    .join('')
}

process.umask(0o022) // Folders and files of the image have the modes that they are made with.
try {
  await command().parseAsync(process.argv.slice(2), { from: 'user' })
} catch (error) {
  process.stderr.write(`${error instanceof ExitError ? '' : 'engineroom: '}${messageOf(error)}\n`)
  process.exitCode = error instanceof ExitError ? error.exitCode : 1
}
