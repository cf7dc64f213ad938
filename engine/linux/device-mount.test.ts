import { expect, it } from 'vitest'
import { kernelWords } from './device-mount.ts'

/** As mount(8) of Debian 12 said it, and dockerd 20.10 in the same place: of an NFS server that was away, and of options that it does not know. */
it.each([
  [
    `mount: /data/_data: mount(2) system call failed: Connection refused.
       dmesg(1) may have more information after failed mount system call.
`,
    'connection refused',
  ],
  [
    `mount: /data/_data: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.
       dmesg(1) may have more information after failed mount system call.
`,
    'invalid argument',
  ],
  ['mount: /data/_data: wrong fs type, bad option, bad superblock on tmpfs, missing codepage or helper program, or other error.\n', 'invalid argument'],
  ['mount: /data/_data: permission denied.\n', 'permission denied'],
])('%j: %s', (text, expected) => expect(kernelWords(text)).toBe(expected))
