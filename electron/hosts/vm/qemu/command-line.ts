import type { Architecture } from '../assets.ts'
import type { MachineSpec } from '../driver.ts'
import type { Share } from '../shares.ts'
import type { Accelerator } from './accelerators.ts'

/** What QEMU is started with, on any system. Nothing here asks the computer: it can be looked at on another one. */
export interface QemuRequest {
  readonly spec: MachineSpec
  readonly platform: NodeJS.Platform
  readonly accelerator: Accelerator
  /** Where QEMU is asked by QMP: a socket's path, or a pipe's (`\\.\pipe\…`) on Windows. */
  readonly qmpSocket: string
  /** Of the host's loopback, leads to the engine in the guest. */
  readonly enginePort: number
}

/** The engine's port in the guest, mutual TLS. */
export const GUEST_ENGINE_PORT = 2376

const MIB = 1024 ** 2

export function qemuProgram(arch: Architecture): string {
  return arch === 'x86_64' ? 'qemu-system-x86_64' : 'qemu-system-aarch64'
}

/** The arguments of {@link qemuProgram}. They go to the program as they are: no shell reads them. @see qemu(1) */
export function qemuArguments(request: QemuRequest): string[] {
  const { spec, platform, accelerator, qmpSocket, enginePort } = request
  return [
    ...bareMachine({ ...request, arch: spec.assets.arch, memoryBytes: spec.memoryBytes, cpus: spec.cpus }),
    ...['-name', `engineroom-${spec.name}`],
    ...kernelOf(spec.assets, accelerator),
    ...blockDevice('root', `file=${value(spec.assets.root)},format=raw,readonly=on`),
    ...blockDevice('data', `file=${value(spec.disk.path)},format=qcow2,discard=unmap,detect-zeroes=unmap`),
    ...['-netdev', `user,id=net0,hostfwd=tcp:127.0.0.1:${enginePort}-:${GUEST_ENGINE_PORT}`, '-device', 'virtio-net-pci,netdev=net0'],
    ...['-device', 'virtio-balloon-pci,free-page-reporting=on', '-device', 'virtio-rng-pci'],
    ...spec.shares.flatMap(shareDevice),
    ...['-fw_cfg', `name=opt/engineroom/config,file=${value(spec.configPath)}`],
    ...monitor(platform, qmpSocket),
    ...console(),
    ...(accelerator === 'whpx' ? [] : memoryThatComesBack(platform, spec)),
    ...(spec.stateFile === undefined ? [] : ['-S', '-incoming', 'defer']),
  ]
}

/** Only what it takes for the kernel to say something: how an accelerator is tried. */
export function probeArguments(assets: MachineSpec['assets'], accelerator: Accelerator): string[] {
  return [...bareMachine({ arch: assets.arch, accelerator, cpus: 1, memoryBytes: 512 * MIB }), ...kernelOf(assets, accelerator), ...console()]
}

interface BareMachine {
  readonly arch: Architecture
  readonly accelerator: Accelerator
  readonly cpus: number
  readonly memoryBytes: number
}

/** A reset is an end: a kernel that panics reboots, and whoever watches us sees us go. */
function bareMachine({ arch, accelerator, cpus, memoryBytes }: BareMachine): string[] {
  const machine = arch === 'x86_64' ? ['-machine', 'q35', '-bios', 'qboot.rom'] : ['-machine', 'virt']
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...machine,
    ...['-accel', ACCELERATOR_OPTIONS[accelerator], '-cpu', processor(arch, accelerator)],
    ...['-smp', String(cpus), '-m', `${Math.floor(memoryBytes / MIB)}M`],
  ]
}

const ACCELERATOR_OPTIONS: Readonly<Record<Accelerator, string>> = {
  kvm: 'kvm',
  hvf: 'hvf',
  whpx: 'whpx,kernel-irqchip=off', // Its own interrupt controller does not know all that q35 asks for.
  tcg: 'tcg,thread=multi',
}

/**
 * Page tables of five levels cost an emulated processor a second at boot; instructions that are quick at copying byte by byte, of which QEMU
 * makes a loop, half a second.
 */
function processor(arch: Architecture, accelerator: Accelerator): string {
  if (accelerator === 'kvm' || accelerator === 'hvf') return 'host'
  if (arch === 'arm64') return 'max'
  return accelerator === 'tcg' ? 'max,la57=off,erms=off' : 'max,la57=off'
}

function kernelOf({ arch, kernel, initrd, commandLine }: MachineSpec['assets'], accelerator: Accelerator): string[] {
  const words = accelerator === 'tcg' ? [commandLine, ...FOR_TRANSLATED[arch]] : [commandLine]
  return ['-kernel', kernel, '-initrd', initrd, '-append', words.join(' ')]
}

/**
 * QEMU's own processor does not run ahead of a branch, so there is nothing to guard that way; the guards cost it some 3 %. And a
 * single one gains nothing by instructions without a lock, but the kernel would write them into its code one by one, for a tenth of a second.
 */
const FOR_TRANSLATED: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['mitigations=off', 'noreplace-smp'],
  arm64: ['mitigations=off'],
}

/** The guest knows its disks by their serials. */
function blockDevice(name: string, drive: string): string[] {
  return ['-drive', `if=none,id=${name},${drive}`, '-device', `virtio-blk-pci,drive=${name},serial=engineroom-${name}`]
}

/**
 * Files are the guest's as they are here: modes, owners and links. Owners that whoever runs QEMU may not give stay as
 * they are. With folders of several file systems in one share, inode numbers are made unique.
 */
function shareDevice({ tag, path }: Share): string[] {
  const backend = `local,id=${tag},path=${value(path)},security_model=none,multidevs=remap`
  return ['-fsdev', backend, '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`]
}

function monitor(platform: NodeJS.Platform, path: string): string[] {
  const chardev =
    platform === 'win32' ? `pipe,id=qmp,path=${value(path.replace(/^\\\\\.\\pipe\\/, ''))}` : `socket,id=qmp,path=${value(path)},server=on,wait=off`
  return ['-chardev', chardev, '-mon', 'chardev=qmp,mode=control']
}

/** The serial console is our pipe; a signal key typed into it is the guest's. */
function console(): string[] {
  return ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console']
}

/** Linux alone has memory that is a file of no name, out of which the guest's free pages can be cut. */
function memoryThatComesBack(platform: NodeJS.Platform, { memoryBytes, stateFile }: MachineSpec): string[] {
  if (platform !== 'linux') return []
  // While it loads a state QEMU looks at every page, which makes a page of each hole in a file. Memory that is no file stays empty.
  const backend = stateFile === undefined ? 'memfd' : 'ram'
  return ['-object', `memory-backend-${backend},id=memory,size=${Math.floor(memoryBytes / MIB)}M`, '-machine', 'memory-backend=memory']
}

/** A comma in a value is written twice. @see qemu(1), "keyval" */
function value(text: string): string {
  return text.replaceAll(',', ',,')
}
