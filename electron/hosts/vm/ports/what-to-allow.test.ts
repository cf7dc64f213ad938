import { expect, test } from 'vitest'
import { whatToAllow } from './what-to-allow.ts'

const web = { protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 80 } as const

test.each([
  ['linux', 'to have those from 80 on: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80'],
  ['darwin', "on 127.0.0.1, ports below 1024 are root's on this computer; on all addresses they are everybody's: -p 80:…"],
  ['win32', 'netsh interface ipv4 show excludedportrange protocol=tcp'],
] as const)('a port that %s does not let a person have', (platform, words) => {
  expect(whatToAllow('EACCES', web, platform)).toContain(words)
  expect(whatToAllow('EADDRINUSE', web, platform)).toBeUndefined()
})
