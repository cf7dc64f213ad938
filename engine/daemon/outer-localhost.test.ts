import { expect, test } from 'vitest'
import { Log } from '../log.ts'
import { OuterHost } from '../networks/outer-host.ts'
import { outerLocalhostOf } from './outer-localhost.ts'

const log = new Log('fatal')
const outerHost = new OuterHost(log)

test('it is there when it is wanted, and refused where there is no computer around us', () => {
  const wanted = { localhostOfVmHost: true, hostGatewayIps: ['fd00::2', '10.0.2.2'] }
  expect(outerLocalhostOf(wanted, outerHost, 't', log)).toBeDefined()
  expect(outerLocalhostOf({ ...wanted, localhostOfVmHost: false }, outerHost, 't', log)).toBeUndefined()
  const refusal = '--localhost-of-vm-host needs --ports-of-vm-host and an IPv4 --host-gateway-ip'
  expect(() => outerLocalhostOf(wanted, undefined, 't', log)).toThrow(refusal)
  expect(() => outerLocalhostOf({ ...wanted, hostGatewayIps: ['fd00::2'] }, outerHost, 't', log)).toThrow(refusal)
})
