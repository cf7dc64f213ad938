import { describe, expect, test } from 'vitest'
import type { MachineSpec } from '../driver.ts'
import { type QemuRequest, qemuArguments, qemuProgram } from './command-line.ts'

const GIB = 1024 ** 3

function spec(folder: string, arch: 'x86_64' | 'arm64'): MachineSpec {
  return {
    name: 'default',
    assets: { arch, kernel: `${folder}vmlinux`, initrd: `${folder}initrd.cpio`, root: `${folder}root.erofs`, commandLine: 'console=ttyS0 quiet' },
    disk: { path: `${folder}data.qcow2`, sizeBytes: 64 * GIB },
    cpus: 2,
    memoryBytes: 2 * GIB,
    configPath: `${folder}boot.tar`,
    shares: [],
  }
}

/** One line for each option with its value, as a person would write them. */
function lines(request: QemuRequest): string {
  return qemuArguments(request)
    .join(' ')
    .replaceAll(/ (?=-[a-z])/g, '\n')
}

describe('the command line of QEMU', () => {
  test('on Linux with KVM', () => {
    expect(lines({ spec: spec('/h/', 'x86_64'), platform: 'linux', accelerator: 'kvm', qmpSocket: '/h/qmp.sock', enginePort: 40123 })).toMatchInlineSnapshot(`
      "-nodefaults
      -no-user-config
      -display none
      -no-reboot
      -machine q35
      -bios qboot.rom
      -accel kvm
      -cpu host
      -smp 2
      -m 2048M
      -name engineroom-default
      -kernel /h/vmlinux
      -initrd /h/initrd.cpio
      -append console=ttyS0 quiet
      -drive if=none,id=root,file=/h/root.erofs,format=raw,readonly=on
      -device virtio-blk-pci,drive=root,serial=engineroom-root
      -drive if=none,id=data,file=/h/data.qcow2,format=qcow2,discard=unmap,detect-zeroes=unmap
      -device virtio-blk-pci,drive=data,serial=engineroom-data
      -netdev user,id=net0,hostfwd=tcp:127.0.0.1:40123-:2376
      -device virtio-net-pci,netdev=net0
      -device virtio-balloon-pci,free-page-reporting=on
      -device virtio-rng-pci
      -fw_cfg name=opt/engineroom/config,file=/h/boot.tar
      -chardev socket,id=qmp,path=/h/qmp.sock,server=on,wait=off
      -mon chardev=qmp,mode=control
      -chardev stdio,id=console,signal=off
      -serial chardev:console
      -object memory-backend-memfd,id=memory,size=2048M
      -machine memory-backend=memory"
    `)
  })

  test('on a Mac of today', () => {
    const arm = { spec: spec('/Users/zoe/', 'arm64'), platform: 'darwin', accelerator: 'hvf', qmpSocket: '/Users/zoe/qmp.sock', enginePort: 40123 } as const
    expect(qemuProgram('arm64')).toBe('qemu-system-aarch64')
    expect(lines(arm)).toMatchInlineSnapshot(`
      "-nodefaults
      -no-user-config
      -display none
      -no-reboot
      -machine virt
      -accel hvf
      -cpu host
      -smp 2
      -m 2048M
      -name engineroom-default
      -kernel /Users/zoe/vmlinux
      -initrd /Users/zoe/initrd.cpio
      -append console=ttyS0 quiet
      -drive if=none,id=root,file=/Users/zoe/root.erofs,format=raw,readonly=on
      -device virtio-blk-pci,drive=root,serial=engineroom-root
      -drive if=none,id=data,file=/Users/zoe/data.qcow2,format=qcow2,discard=unmap,detect-zeroes=unmap
      -device virtio-blk-pci,drive=data,serial=engineroom-data
      -netdev user,id=net0,hostfwd=tcp:127.0.0.1:40123-:2376
      -device virtio-net-pci,netdev=net0
      -device virtio-balloon-pci,free-page-reporting=on
      -device virtio-rng-pci
      -fw_cfg name=opt/engineroom/config,file=/Users/zoe/boot.tar
      -chardev socket,id=qmp,path=/Users/zoe/qmp.sock,server=on,wait=off
      -mon chardev=qmp,mode=control
      -chardev stdio,id=console,signal=off
      -serial chardev:console"
    `)
  })

  test('on Windows', () => {
    const windows = {
      spec: spec('C:\\Zoë A\\', 'x86_64'),
      platform: 'win32',
      accelerator: 'whpx',
      qmpSocket: '\\\\.\\pipe\\engineroom-default-qmp',
      enginePort: 40123,
    } as const
    expect(lines(windows)).toMatchInlineSnapshot(`
      "-nodefaults
      -no-user-config
      -display none
      -no-reboot
      -machine q35
      -bios qboot.rom
      -accel whpx,kernel-irqchip=off
      -cpu max,la57=off
      -smp 2
      -m 2048M
      -name engineroom-default
      -kernel C:\\Zoë A\\vmlinux
      -initrd C:\\Zoë A\\initrd.cpio
      -append console=ttyS0 quiet
      -drive if=none,id=root,file=C:\\Zoë A\\root.erofs,format=raw,readonly=on
      -device virtio-blk-pci,drive=root,serial=engineroom-root
      -drive if=none,id=data,file=C:\\Zoë A\\data.qcow2,format=qcow2,discard=unmap,detect-zeroes=unmap
      -device virtio-blk-pci,drive=data,serial=engineroom-data
      -netdev user,id=net0,hostfwd=tcp:127.0.0.1:40123-:2376
      -device virtio-net-pci,netdev=net0
      -device virtio-balloon-pci,free-page-reporting=on
      -device virtio-rng-pci
      -fw_cfg name=opt/engineroom/config,file=C:\\Zoë A\\boot.tar
      -chardev pipe,id=qmp,path=engineroom-default-qmp
      -mon chardev=qmp,mode=control
      -chardev stdio,id=console,signal=off
      -serial chardev:console"
    `)
  })

  test('where nothing accelerates', () => {
    const text = lines({ spec: spec('/h/', 'x86_64'), platform: 'linux', accelerator: 'tcg', qmpSocket: '/h/q', enginePort: 1 })
    expect(text).toContain('-accel tcg,thread=multi\n-cpu max,la57=off,erms=off\n')
  })

  test('each share is a device', () => {
    const shares = [
      { tag: 'share0', path: '/home/a, b' },
      { tag: 'share1', path: '/srv' },
    ]
    const text = lines({ spec: { ...spec('/h/', 'x86_64'), shares }, platform: 'linux', accelerator: 'tcg', qmpSocket: '/h/q', enginePort: 1 })
    expect(text).toContain(`
-fsdev local,id=share0,path=/home/a,, b,security_model=none,multidevs=remap
-device virtio-9p-pci,fsdev=share0,mount_tag=share0
-fsdev local,id=share1,path=/srv,security_model=none,multidevs=remap
-device virtio-9p-pci,fsdev=share1,mount_tag=share1
`)
  })

  test('a comma in a path is not the end of it', () => {
    const args = qemuArguments({ spec: spec('/a,b/', 'x86_64'), platform: 'linux', accelerator: 'tcg', qmpSocket: '/a,b/q', enginePort: 1 })
    expect(args.filter((one) => one.includes('/a,,b/'))).toHaveLength(4)
    expect(args.filter((one) => one.includes('/a,b/'))).toEqual(['/a,b/vmlinux', '/a,b/initrd.cpio'])
  })
})
