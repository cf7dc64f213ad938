import { expect, test } from 'vitest'
import { daemonConfiguration } from './daemon-configuration.ts'

test('the guest is told what it has of this computer, and how it is called', () => {
  const shares = [{ tag: 'share0', path: '/home/somebody' }]
  const told = {
    'ports-of-vm-host': true,
    'folders-of-vm-host': ['/home/somebody'],
    'host-gateway-ips': ['10.0.2.2'],
    'names-of-vm-host': ['host.docker.internal', 'gateway.docker.internal'],
  }
  expect(daemonConfiguration(shares, {})).toEqual({ ...told, 'localhost-of-vm-host': false })
  expect(daemonConfiguration(shares, { hostNetwork: true })).toEqual({ ...told, 'localhost-of-vm-host': true })
})
