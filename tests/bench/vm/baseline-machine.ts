import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { BootableDebian } from '../../harness/bootable-debian.ts'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'
import { cpuSeconds } from '../processes.ts'

/** Without acceleration, on a machine that does other things as well. */
const BOOT_TIMEOUT_MS = 300_000

export interface BootFigures {
  readonly seconds: number
  /** Of the QEMU process. */
  readonly cpuSeconds: number
}

export interface BaselineBoot extends BootableDebian {
  /** Accelerator, processor and words for the kernel, as QEMU takes them: ours. */
  readonly processor: readonly string[]
  /** Where the monitor's socket may be. */
  readonly folder: string
}

/**
 * Boots it as our own machine is, and asks until `docker info` succeeds.
 * @param end whether it is shut down in order, so that its disk is one that has been used
 */
export async function bootBaseline({ disk, initrd, kernel, processor, folder }: BaselineBoot, end: 'in order' | 'at once'): Promise<BootFigures> {
  const [port, qmp] = [await freePort(), join(folder, 'qmp')]
  const startedAt = performance.now()
  const args = [
    ...['-machine', 'q35', '-bios', 'qboot.rom', ...processor, '-smp', '1', '-m', '1024M'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd],
    ...['-drive', `if=none,id=data,file=${disk},format=qcow2,discard=unmap,detect-zeroes=unmap`, '-device', 'virtio-blk-pci,drive=data'],
    ...['-netdev', `user,id=net0,hostfwd=tcp:127.0.0.1:${port}-:2375`, '-device', 'virtio-net-pci,netdev=net0'],
    ...['-device', 'virtio-balloon-pci,free-page-reporting=on', '-device', 'virtio-rng-pci'],
    ...['-object', 'memory-backend-memfd,id=memory,size=1024M', '-machine', 'memory-backend=memory'],
    ...['-qmp', `unix:${qmp},server=on,wait=off`, '-serial', `file:${join(folder, 'console')}`],
  ]
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const gone = once(qemu, 'exit')
  try {
    const answers = async () => {
      if (qemu.exitCode !== null) throw new Error(`the baseline ended: its console is in ${folder}`)
      const ping = await fetch(`http://127.0.0.1:${port}/_ping`).catch(() => undefined)
      return ping?.ok === true && (await run('docker', ['-H', `tcp://127.0.0.1:${port}`, 'info'])).code === 0
    }
    await until('docker info of the baseline', answers, BOOT_TIMEOUT_MS)
    const figures = { seconds: (performance.now() - startedAt) / 1000, cpuSeconds: await cpuSeconds([qemu.pid ?? 0]) }
    if (end === 'in order') await pressKeys(qmp, gone)
    return figures
  } finally {
    qemu.kill('SIGKILL')
    await gone
  }
}

/** A machine without logind has no power button; systemd shuts down for Ctrl-Alt-Del, and `-no-reboot` makes it an end. */
async function pressKeys(qmp: string, gone: Promise<unknown>): Promise<void> {
  const keys = ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data }))
  const monitor = connect(qmp)
  monitor.resume().write(`{"execute":"qmp_capabilities"}\n${JSON.stringify({ execute: 'send-key', arguments: { keys } })}\n`)
  await gone
  monitor.destroy()
}
