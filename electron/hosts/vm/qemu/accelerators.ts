import { spawn } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { messageOf } from '../../../errors.ts'
import { readIfThere } from '../../../read-if-there.ts'
import { PlainError } from '../../plain-error.ts'
import type { Architecture, BootAssets } from '../assets.ts'
import { parseJson } from '../parse-json.ts'
import { probeArguments, qemuProgram } from './command-line.ts'

/** What runs the guest's instructions: the processor itself, by way of the system, or QEMU's translator. */
export type Accelerator = 'kvm' | 'hvf' | 'whpx' | 'tcg'

/** A processor that runs the guest's instructions itself gets there in a second. */
const PROBE_DEADLINE_MS = 8_000

/** The first words of our own code in the guest. */
const SIGN_OF_LIFE = 'engineroom: stage kernel start'

/** What is worth a try, best first. Only a guest of the host's own kind can be accelerated. */
export function candidates(platform: NodeJS.Platform, hostArch: NodeJS.Architecture, guest: Architecture): Accelerator[] {
  const isSameKind = (hostArch === 'x64' && guest === 'x86_64') || (hostArch === 'arm64' && guest === 'arm64')
  if (!isSameKind) return ['tcg']
  if (platform === 'darwin') return ['hvf', 'tcg']
  if (platform === 'win32') return ['whpx', 'tcg']
  return platform === 'linux' ? ['kvm', 'tcg'] : ['tcg']
}

/**
 * The first of the candidates that boots our kernel in time. That a device is there says nothing: it may refuse, or let
 * the guest hang. What was found is remembered for this kernel and this QEMU. The translator works everywhere.
 * @param qemu what it says of its version
 * @param say told what takes long
 * @throws PlainError when QEMU cannot be started; the signal's reason
 */
export async function chooseAccelerator(
  assets: BootAssets,
  qemu: string,
  memory: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<Accelerator> {
  const key = await identityOf(assets, qemu)
  const known = await recall(memory, key)
  if (known) return known
  for (const accelerator of candidates(process.platform, process.arch, assets.arch)) {
    if (accelerator === 'tcg') break
    say(`trying ${accelerator}`)
    const isAlive = await showsLife(assets, accelerator, signal)
    signal.throwIfAborted()
    if (isAlive) return remember(memory, key, accelerator)
  }
  return remember(memory, key, 'tcg')
}

const Memory = Type.Object({
  key: Type.String(),
  accelerator: Type.Union([Type.Literal('kvm'), Type.Literal('hvf'), Type.Literal('whpx'), Type.Literal('tcg')]),
})

async function recall(path: string, key: string): Promise<Accelerator | undefined> {
  const memory = parseJson(Memory, (await readIfThere(path)) ?? '') // Nothing that cannot be found out anew.
  return memory?.key === key ? memory.accelerator : undefined
}

async function remember(path: string, key: string, accelerator: Accelerator): Promise<Accelerator> {
  await writeFile(path, JSON.stringify({ key, accelerator }), { mode: 0o600 })
  return accelerator
}

/** Another kernel, another QEMU, or another boot of the host with other modules and rights, is another question. */
async function identityOf({ kernel }: BootAssets, qemu: string): Promise<string> {
  const { size, mtimeMs } = await stat(kernel)
  const device = await stat('/dev/kvm').then(
    ({ ctimeMs }) => String(ctimeMs),
    () => 'none', // Not there, or not for us: both are answers.
  )
  return [process.platform, process.getuid?.() ?? '', kernel, size, mtimeMs, device, qemu].join(' ')
}

/**
 * Starts the kernel without disks, and waits for the first words of our own.
 * @throws PlainError when QEMU cannot be started, which says nothing of the accelerator
 */
async function showsLife(assets: BootAssets, accelerator: Accelerator, signal: AbortSignal): Promise<boolean> {
  const program = qemuProgram(assets.arch)
  const child = spawn(program, probeArguments(assets, accelerator), { stdio: ['ignore', 'pipe', 'ignore'] })
  const { promise: spoke, resolve } = Promise.withResolvers<boolean>()
  const gone = Promise.withResolvers<false>()
  child.once('error', (error) => gone.reject(new PlainError(`${program} could not be started: ${messageOf(error)}.`)))
  child.once('close', () => gone.resolve(false))
  let seen = ''
  child.stdout.on('data', (bytes: Buffer) => {
    seen += bytes.toString('latin1')
    if (seen.includes(SIGN_OF_LIFE)) resolve(true)
  })
  const deadline = new AbortController()
  const late = delay(PROBE_DEADLINE_MS, false, { signal: AbortSignal.any([signal, deadline.signal]) }).catch(() => false) // Called off: no answer.
  try {
    return await Promise.race([spoke, gone.promise, late])
  } finally {
    deadline.abort()
    child.kill('SIGKILL')
    await gone.promise
  }
}
