import { copyFile, cp, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownArch } from '../../vm-assets/arch.ts'
import { writeCpio } from '../../vm-assets/cpio.ts'
import { fetchLocked } from '../../vm-assets/fetch-locked.ts'
import { kernelOf } from '../../vm-assets/kernel-files.ts'
import { parseLockFile } from '../../vm-assets/lock-file.ts'
import { moduleFiles, moduleName, parseModulesDep } from '../../vm-assets/modules.ts'
import { runTool } from '../../vm-assets/run-tool.ts'
import { unpackDebian } from '../../vm-assets/unpack.ts'

/** What systemd would start that a machine for containers has no use for. */
const MASKED = [
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'fstrim.timer', 'e2scrub_all.timer', 'e2scrub_reap.service'],
  ...['getty@tty1.service', 'serial-getty@.service', 'systemd-timesyncd.service', 'systemd-networkd.service', 'systemd-pstore.service'],
]

export interface BootableDebian {
  readonly disk: string
  readonly initrd: string
  readonly kernel: string
}

export interface DebianContents {
  /** Besides the essential ones, systemd among them. */
  readonly packages: readonly string[]
  readonly sizeBytes: number
  /** Changes what will be on the disk; where units are enabled is there. */
  readonly prepare: (root: string) => Promise<void>
}

/** Of Debian's, for a machine that boots: the init, and what loads modules of the kernel. */
const TO_BOOT = ['systemd-sysv', 'kmod', 'iproute2']

/**
 * Makes what QEMU boots from: the kernel of our image and its modules, an ext4 disk with Debian and systemd. No udev, no D-Bus, no login.
 * As root, with the internet; takes minutes. @param folder there, and empty
 */
export async function makeBootableDebian(folder: string, { packages, sizeBytes, prepare }: DebianContents): Promise<BootableDebian> {
  const [root, unpacked] = [join(folder, 'root'), join(folder, 'kernel')]
  await runTool('debootstrap', ['--variant=minbase', `--include=${[...TO_BOOT, ...packages].join(',')}`, 'bookworm', root])
  const lock = parseLockFile(await readFile(fileURLToPath(new URL('../../vm-assets/packages.lock.json', import.meta.url)), 'utf8'))
  const { kernel: release, debian } = lock[ownArch().name]
  const locked = debian.find(({ name }) => name === `linux-image-${release}`)
  if (!locked) throw new Error('the lock has no kernel')
  await unpackDebian(await fetchLocked(locked, join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'engineroom/packages')), unpacked)
  const modules = join(root, 'lib/modules', release)
  await cp(join(unpacked, 'lib/modules', release), modules, { recursive: true })
  await runTool('depmod', ['--basedir', root, release])
  await settle(root)
  await prepare(root)
  const [disk, initrd, kernel] = [join(folder, 'disk.raw'), join(folder, 'initrd.cpio'), join(folder, 'vmlinux')]
  await writeFile(initrd, await initrdOf(modules))
  await writeFile(kernel, await kernelOf(ownArch(), await readFile(join(unpacked, 'boot', `vmlinuz-${release}`))))
  await writeFile(disk, '')
  await truncate(disk, sizeBytes)
  await runTool('mkfs.ext4', ['-q', '-F', '-d', root, disk])
  return { disk, initrd, kernel }
}

async function settle(root: string): Promise<void> {
  const units = join(root, 'etc/systemd/system')
  const wanted = join(units, 'multi-user.target.wants')
  await mkdir(wanted, { recursive: true })
  await writeFile(join(root, 'etc/machine-id'), '6c1f2d3e4b5a69788796a5b4c3d2e1f0\n')
  await writeFile(join(root, 'etc/fstab'), '/dev/vda / ext4 rw,noatime 0 1\n')
  await copyFile(fileURLToPath(new URL('bootable-debian/network.service', import.meta.url)), join(units, 'network.service'))
  await symlink('../network.service', join(wanted, 'network.service'))
  for (const unit of MASKED) await symlink('/dev/null', join(units, unit))
}

/** As small as ours, with ext4 in place of erofs. */
async function initrdOf(modules: string): Promise<Buffer> {
  const dependencies = parseModulesDep(await readFile(join(modules, 'modules.dep'), 'utf8'))
  const files = moduleFiles(['virtio_pci', 'virtio_blk', 'crc32c_generic', 'ext4'], dependencies, await readFile(join(modules, 'modules.builtin'), 'utf8'))
  const file = async (name: string, mode: number, path: string) => ({ kind: 'file', name, mode, content: await readFile(path) }) as const
  return writeCpio([
    ...['bin', 'dev', 'modules', 'proc', 'root', 'sys'].map((name) => ({ kind: 'folder', name, mode: 0o755 }) as const),
    { kind: 'character-device', name: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    await file('init', 0o755, fileURLToPath(new URL('bootable-debian/init', import.meta.url))),
    await file('bin/busybox', 0o755, '/bin/busybox'),
    ...(await Promise.all(files.map((path) => file(`modules/${moduleName(path)}.ko`, 0o644, join(modules, path))))),
    { kind: 'file', name: 'modules/order', mode: 0o644, content: Buffer.from(files.map((path) => `${moduleName(path)}.ko\n`).join('')) },
  ])
}
