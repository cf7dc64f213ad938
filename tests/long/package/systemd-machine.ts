import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type BootableDebian, makeBootableDebian } from '../../harness/bootable-debian.ts'
import { freePort } from '../../harness/tcp.ts'
import { until } from '../../harness/until.ts'

/** Without acceleration, on a machine that does other things as well. */
const BOOT_TIMEOUT_MS = 600_000
const DISK_BYTES = 3 * 1024 ** 3
const GUEST_PORT = 7000

/** A root's shell for each connection: it runs the script that comes as one line of base64, and says what came of it. */
const AGENT = {
  'agent.socket': `[Socket]\nListenStream=${GUEST_PORT}\nAccept=yes\n`,
  'agent@.service': `[Service]\nExecStart=/agent\nStandardInput=socket\nStandardError=socket\n`,
}
const AGENT_PROGRAM = `#!/bin/bash
read -r line
base64 -d <<< "$line" | PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive bash -e 2>&1
echo "exit \${PIPESTATUS[1]}"
`

export interface GuestOutcome {
  readonly code: number
  /** Of both streams. */
  readonly output: string
}

/** A Debian with systemd in QEMU, with one processor. */
export class SystemdMachine implements AsyncDisposable {
  readonly #folder: string
  readonly #qemu: ChildProcess
  readonly #port: number

  private constructor(folder: string, qemu: ChildProcess, port: number) {
    this.#folder = folder
    this.#qemu = qemu
    this.#port = port
  }

  /** Makes it and boots it. @param prepare changes what will be on its disk */
  static async make(packages: readonly string[], prepare: (root: string) => Promise<void>): Promise<SystemdMachine> {
    const folder = await mkdtemp('/var/tmp/er-systemd-')
    const withAgent = async (root: string) => {
      await addAgent(root)
      await prepare(root)
    }
    const machine = await makeBootableDebian(folder, { packages, sizeBytes: DISK_BYTES, prepare: withAgent })
    const port = await freePort()
    const qemu = spawn('qemu-system-x86_64', qemuArguments(machine, port, join(folder, 'console')), { stdio: ['ignore', 'inherit', 'inherit'] })
    const made = new SystemdMachine(folder, qemu, port)
    await made.comesUp().catch(async (error: unknown) => {
      const seen = await readFile(join(folder, 'console'), 'utf8').catch(() => 'nothing')
      await made[Symbol.asyncDispose]()
      throw new Error(`the machine does not come up; its console: ${seen.slice(-3000)}`, { cause: error })
    })
    return made
  }

  /** Until systemd has started all that it should. */
  async comesUp(): Promise<void> {
    const isUp = async () => {
      if (this.#qemu.exitCode !== null) throw new Error('QEMU has ended')
      return /^(running|degraded)/.test((await this.run('systemctl is-system-running || true')).output)
    }
    await until('the machine to come up', isUp, BOOT_TIMEOUT_MS)
  }

  /** A bash script in it, as root, which ends at the first failure. */
  async run(script: string): Promise<GuestOutcome> {
    const socket = connect(this.#port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`${Buffer.from(script).toString('base64')}\n`)
    const said = await text(socket)
    const end = /(?:^|\n)exit (\d+)\n$/.exec(said)
    if (!end) throw new Error(`the machine was cut off: ${JSON.stringify(said)}`)
    return { code: Number(end[1]), output: said.slice(0, end.index === 0 ? 0 : end.index + 1) }
  }

  /** @returns what it wrote @throws Error when it fails */
  async ok(script: string): Promise<string> {
    const { code, output } = await this.run(script)
    if (code !== 0) throw new Error(`${script}: exit ${code}\n${output}`)
    return output
  }

  /** Goes through all of systemd's end and a new start. */
  async reboot(): Promise<void> {
    const boot = () => this.ok('cat /proc/sys/kernel/random/boot_id')
    const before = await boot()
    // Its end may come before its answer; whether it has come is asked next.
    await Promise.allSettled([this.run('systemctl reboot')])
    await until('another boot', async () => (await boot()) !== before, BOOT_TIMEOUT_MS)
    await this.comesUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#qemu.exitCode === null && this.#qemu.signalCode === null) {
      const gone = once(this.#qemu, 'exit')
      this.#qemu.kill('SIGKILL')
      await gone
    }
    await rm(this.#folder, { recursive: true })
  }
}

async function addAgent(root: string): Promise<void> {
  const units = join(root, 'etc/systemd/system')
  await mkdir(join(units, 'sockets.target.wants'), { recursive: true })
  for (const [name, content] of Object.entries(AGENT)) await writeFile(join(units, name), content)
  await symlink('../agent.socket', join(units, 'sockets.target.wants/agent.socket'))
  await writeFile(join(root, 'agent'), AGENT_PROGRAM, { mode: 0o755 })
}

function qemuArguments({ disk, initrd, kernel }: BootableDebian, port: number, console: string): string[] {
  return [
    ...['-machine', 'q35', '-bios', 'qboot.rom', '-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off,erms=off', '-smp', '1', '-m', '1024M'],
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1 lsm= apparmor=0 random.trust_cpu=on'],
    ...['-drive', `if=none,id=data,file=${disk},format=raw,cache=unsafe`, '-device', 'virtio-blk-pci,drive=data'],
    ...['-netdev', `user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:${GUEST_PORT}`, '-device', 'virtio-net-pci,netdev=net0'],
    ...['-device', 'virtio-rng-pci', '-serial', `file:${console}`],
  ]
}
