import { expect, test } from 'vitest'
import { checkCgroups } from './cgroups.ts'
import { diskCheck } from './disk.ts'
import { dnsCheck } from './dns.ts'
import { firewallCheck } from './firewall.ts'

const room = { totalBytes: 100e9, freeBytes: 50e9, inodes: 1e6, freeInodes: 9e5 }

test.each([
  ['ok', room],
  ['ok', { ...room, inodes: 0, freeInodes: 0 }],
  ['warn', { ...room, freeBytes: 3e9 }],
  ['warn', { ...room, freeInodes: 1e4 }],
  ['fail', { ...room, freeBytes: 1e9 }],
] as const)('disk: %s with %o', (state, found) => {
  const check = diskCheck(found, '/data')
  expect(check.state).toBe(state)
  expect(check.fix === '').toBe(state === 'ok')
})

test('a limit that the kernel does not keep is named by its flag', () => {
  const all = { memory: true, swap: true, cpuQuota: true, cpuShares: true, cpuset: true, pids: true }
  const others = {
    memoryReservation: false,
    swappiness: false,
    oomKillDisable: false,
    cpuRealtime: false,
    blkioWeight: false,
    blkioWeightDevice: false,
    blkioThrottle: false,
  }
  expect(checkCgroups({ cgroupVersion: 2, cgroup: { ...all, ...others } }).state).toBe('ok')
  expect(checkCgroups({ cgroupVersion: 1, cgroup: { ...all, ...others, swap: false } })).toMatchObject({
    state: 'warn',
    detail: 'cgroup v1 of this kernel does not keep --memory-swap.',
  })
})

const dropping = 'chain FORWARD { # handle 1\n type filter hook forward priority filter; policy drop;\n'
const forwarding = { isOn: true, foreignChain: undefined, hasFirewalld: false }

test.each([
  ['ok', forwarding],
  ['ok', { ...forwarding, foreignChain: `${dropping} iifname "er0" accept comment "engineroom er0"` }],
  ['fail', { ...forwarding, foreignChain: dropping }],
  ['fail', { ...forwarding, isOn: false }],
  ['warn', { ...forwarding, hasFirewalld: true }],
] as const)('firewall: %s with %o', (state, found) => expect(firewallCheck(found, 'er0').state).toBe(state))

test.each([
  ['ok', [true, true]],
  ['warn', [true, false]],
  ['warn', [false]],
  ['warn', []],
] as const)('dns: %s when servers answer %o', (state, answers) => {
  expect(dnsCheck(answers.map((answer, at) => ({ address: `10.0.0.${at}`, answers: answer }))).state).toBe(state)
})
