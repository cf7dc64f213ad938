import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Certificates, makeCertificates } from '../harness/certificates.ts'
import { type Outcome, type RunOptions, run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** Without acceleration, on a machine that does other things as well. */
const BOOT_TIMEOUT_MS = 240_000

interface Parts {
  readonly folder: string
  readonly image: string
  readonly port: number
  readonly certificates: Certificates
}

/** A machine that QEMU runs as docs/vm.md says: what any host of the image has to do. */
export class Machine implements AsyncDisposable {
  readonly #parts: Parts
  #qemu: ChildProcess | undefined

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes what it is started from: certificates, configuration, an empty disk. @param folder there, and empty */
  static async create(folder: string, image: string): Promise<Machine> {
    const certificates = await makeCertificates(join(folder, 'certs'))
    await mkdir(join(folder, 'config/tls'), { recursive: true })
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await cp(join(folder, 'certs/server', name), join(folder, 'config/tls', name))
    await succeed('tar', ['-C', join(folder, 'config'), '-cf', join(folder, 'config.tar'), '.'])
    await succeed('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'data.qcow2'), '8G'])
    return new Machine({ folder, image, port: await freePort(), certificates })
  }

  /** The engine's port on this machine. */
  get port(): number {
    return this.#parts.port
  }

  /** Starts it, and waits for its engine. */
  async boot(): Promise<void> {
    const { folder, image, port } = this.#parts
    await rm(join(folder, 'console'), { force: true })
    const { commandLine } = JSON.parse(await readFile(join(image, 'manifest.json'), 'utf8')) as { commandLine: string }
    const disk = (name: string, options: string) => [
      ...['-drive', `if=none,id=${name},${options}`],
      ...['-device', `virtio-blk-pci,drive=${name},serial=engineroom-${name}`],
    ]
    const args = [
      ...['-M', 'q35', '-bios', 'qboot.rom', '-accel', 'tcg,thread=multi', '-cpu', 'max,la57=off,erms=off', '-m', '1024'],
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-kernel', join(image, 'vmlinux'), '-initrd', join(image, 'initrd.cpio'), '-append', commandLine],
      ...disk('root', `file=${join(image, 'root.erofs')},format=raw,readonly=on`),
      ...disk('data', `file=${join(folder, 'data.qcow2')},format=qcow2,discard=unmap`),
      ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:2376`, '-device', 'virtio-net-pci,netdev=net'],
      ...['-device', 'virtio-balloon-pci,free-page-reporting=on', '-device', 'virtio-rng-pci'],
      ...['-fw_cfg', `name=opt/engineroom/config,file=${join(folder, 'config.tar')}`],
      ...['-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`, '-serial', `file:${join(folder, 'console')}`],
    ]
    const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'inherit', 'inherit'] })
    this.#qemu = qemu
    const engine = async () => {
      if (qemu.exitCode !== null) return 'ended'
      return (await this.console()).includes('engineroom: stage engine done') && 'ready'
    }
    const state = await until('the engine of the machine', engine, BOOT_TIMEOUT_MS)
    if (state === 'ended') throw new Error(`the machine ended:\n${await this.console()}`)
  }

  /** Presses the power button, and waits for the end. */
  async powerOff(): Promise<void> {
    const ended = this.#ended()
    const qmp = connect(join(this.#parts.folder, 'qmp'))
    qmp.write('{"execute":"qmp_capabilities"}\n{"execute":"system_powerdown"}\n')
    await ended
    qmp.destroy()
  }

  /** While it is off. @param size as qemu-img takes it, `12G` */
  async growDisk(size: string): Promise<void> {
    await succeed('qemu-img', ['resize', '-q', '-f', 'qcow2', join(this.#parts.folder, 'data.qcow2'), size])
  }

  /** As a power cut does. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#ended()
    this.#qemu?.kill('SIGKILL')
    await ended
  }

  /** All that its console has shown since it was started. */
  console(): Promise<string> {
    return readFile(join(this.#parts.folder, 'console'), 'utf8').catch(() => '')
  }

  docker(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = this.#parts.certificates.clientOf(`tcp://127.0.0.1:${this.#parts.port}`)
    return run('docker', args, { timeoutMs: 120_000, ...options, env: { ...options.env, ...env } })
  }

  async #ended(): Promise<void> {
    if (this.#qemu && this.#qemu.exitCode === null && this.#qemu.signalCode === null) await once(this.#qemu, 'exit')
  }
}

/** @throws Error with what the program said */
export async function succeed(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { timeoutMs: 500_000 })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}
