import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
}, 60_000)
afterAll(() => daemon[Symbol.asyncDispose]())
afterEach(async () => {
  await daemon.removeAllContainers()
  await daemon.ok('network', 'prune', '-f')
})

const sleeper = (name: string, ...options: string[]) => daemon.ok('run', '-d', '--name', name, ...options, 'busybox', 'sleep', '1000')
const inside = (name: string, script: string) => daemon.ok('exec', name, 'sh', '-c', script)
const refused = async (...args: string[]) => {
  const { code, stderr } = await daemon.docker(args)
  expect(code, args.join(' ')).not.toBe(0)
  return stderr
}

describe('the options of a container’s place in a network', () => {
  const option = (name: string, value: string) => `com.docker.network.endpoint.${name}=${value}`
  const parameter = (name: string, path: string) => inside(name, `cat /proc/sys/net/${path}`)

  test('say what its interface is called, and what parameters it has', async () => {
    for (const name of ['one', 'two', 'more']) await daemon.ok('network', 'create', name)
    await sleeper('box', '--network', `name=one,driver-opt=${option('ifname', 'eth1')},driver-opt=${option('sysctls', 'net.ipv4.conf.IFNAME.arp_notify=1')}`)
    expect(await parameter('box', 'ipv4/conf/eth1/arp_notify')).toBe('1')
    expect(await inside('box', 'ip route')).toContain(`default via ${daemon.pool}.1 dev eth1`)
    await daemon.ok('network', 'connect', 'two', 'box')
    const sysctls = option('sysctls', 'net.ipv4.conf.IFNAME.arp_notify=1,net.ipv6.conf.IFNAME.accept_ra=0')
    await daemon.ok('network', 'connect', '--driver-opt', option('ifname', 'lan'), '--driver-opt', `"${sysctls}"`, 'more', 'box')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\neth1\nlan\nlo')
    expect([await parameter('box', 'ipv4/conf/lan/arp_notify'), await parameter('box', 'ipv6/conf/lan/accept_ra')]).toEqual(['1', '0'])
    expect(await parameter('box', 'ipv4/conf/eth0/arp_notify')).toBe('0')
    await daemon.stop('SIGKILL')
    await daemon.start()
    for (const network of ['one', 'more']) await daemon.ok('network', 'disconnect', network, 'box')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\nlo')
    await daemon.ok('network', 'connect', 'one', 'box')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\neth1\nlo')
  })

  test('that cannot be are refused, and change nothing', async () => {
    await daemon.ok('network', 'create', 'one')
    await sleeper('box')
    const connect = (value: string) => refused('network', 'connect', '--driver-opt', value, 'one', 'box')
    expect(await connect(option('sysctls', 'net.ipv4.conf.eth0.forwarding=1'))).toContain(
      `unrecognised network interface sysctl 'net.ipv4.conf.eth0.forwarding=1'`,
    )
    expect(await connect(option('sysctls', 'net.ipv4.conf.IFNAME.nosuch=1'))).toContain('/proc/sys/net/ipv4/conf/eth1/nosuch is not a sysctl file')
    expect(await connect(option('sysctls', 'net.ipv4.conf.IFNAME.forwarding=many'))).toContain(`unable to write to '/proc/sys/net/ipv4/conf/eth1/forwarding'`)
    expect(await connect(option('ifname', 'eth0'))).toContain('error renaming interface to eth0: file exists')
    expect(await connect(option('nosuch', '1'))).toContain('com.docker.network.endpoint.nosuch is not supported by this engine')
    expect(await inside('box', 'ls /sys/class/net')).toBe('eth0\nlo')
    expect(await refused('run', '--rm', '--network', `name=one,driver-opt=${option('sysctls', 'net.ipv4.conf.ifname.nosuch=1')}`, 'busybox')).toContain(
      'is not a sysctl file',
    )
  })
})
