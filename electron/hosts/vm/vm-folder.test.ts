import { describe, expect, test } from 'vitest'
import { type VmFolder, vmFolder } from './vm-folder.ts'

describe('where a VM is', () => {
  test('on macOS and Linux: folders and sockets in the home', () => {
    expect(vmFolder('default', { home: '/Users/zoe/.engineroom', platform: 'darwin' })).toMatchObject({
      ownDisk: '/Users/zoe/.engineroom/vm/default/data.qcow2',
      controlSocket: '/Users/zoe/.engineroom/vm/default/control.sock',
      engineSocket: '/Users/zoe/.engineroom/run/docker.sock',
    })
  })

  test('on Windows: folders in the home, and named pipes', () => {
    expect(vmFolder('work', { home: 'C:\\Users\\Zoë A\\.engineroom', platform: 'win32' })).toMatchObject({
      ownDisk: 'C:\\Users\\Zoë A\\.engineroom\\vm\\work\\data.qcow2',
      controlSocket: '\\\\.\\pipe\\engineroom-work-control',
      qmpSocket: '\\\\.\\pipe\\engineroom-work-qmp',
      engineSocket: '\\\\.\\pipe\\engineroom-work-docker',
    })
  })

  test('two VMs share nothing', () => {
    const place = { home: '/home/zoe/.engineroom', platform: 'linux' } as const
    const [one, other] = [vmFolder('default', place), vmFolder('work', place)]
    const pathsOf = (folder: VmFolder): string[] => Object.values({ ...folder })
    const shared = pathsOf(one).filter((path) => pathsOf(other).includes(path))
    expect(shared).toEqual([])
  })

  test.each(['', 'A', '-a', 'a-', '../x', 'a b', 'x'.repeat(33)])('a VM cannot be called %j', (name) => {
    expect(() => vmFolder(name, { home: '/h', platform: 'linux' })).toThrow('invalid VM name')
  })

  test('a home too deep for a socket is told before anything is made', () => {
    expect(() => vmFolder('default', { home: `/${'x'.repeat(90)}`, platform: 'darwin' })).toThrow('too long for a socket')
  })
})
