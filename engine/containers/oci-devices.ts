import { EngineError } from '../errors.ts'
import { hostDevice, hostDevices } from '../linux/devices.ts'
import type { OciDevice, OciDeviceRule } from '../linux/oci.ts'
import type { HostConfig } from './config.ts'

/** What every container may use: null, zero, full, tty, random, urandom, console, ptmx, pts, and making nodes. */
const DEFAULT_RULES: readonly OciDeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  // biome-ignore format: a table
  ...[[1, 3], [1, 5], [1, 7], [5, 0], [5, 1], [5, 2], [1, 8], [1, 9]].map(([major, minor]) => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
  { allow: true, type: 'c', major: 136, access: 'rwm' },
  { allow: true, type: 'c', major: 10, minor: 200, access: 'rwm' },
]

/** The device nodes to make in the container beyond the runtime's own defaults. */
export function devicesFor(hostConfig: HostConfig): OciDevice[] {
  const asked = (hostConfig.Devices ?? []).flatMap((device) => asDevices(device.PathOnHost, device.PathInContainer || device.PathOnHost))
  return hostConfig.Privileged ? [...hostDevices(), ...asked] : asked
}

export function deviceRules(hostConfig: HostConfig): OciDeviceRule[] {
  if (hostConfig.Privileged) return [{ allow: true, access: 'rwm' }]
  const asked = (hostConfig.Devices ?? []).flatMap((device) =>
    asDevices(device.PathOnHost, device.PathInContainer || device.PathOnHost).map(({ type, major, minor }) => ({
      allow: true,
      type,
      major,
      minor,
      access: device.CgroupPermissions || 'rwm',
    })),
  )
  return [...DEFAULT_RULES, ...asked, ...(hostConfig.DeviceCgroupRules ?? []).map(parseRule)]
}

function asDevices(path: string, target: string): OciDevice[] {
  const device = hostDevice(path, target)
  if (!device)
    throw new EngineError('system', `error gathering device information while adding custom device ${JSON.stringify(path)}: no such file or directory`)
  return [device]
}

/** `c 7:* rmw`. @see docker run --device-cgroup-rule */
function parseRule(text: string): OciDeviceRule {
  const found = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text)
  if (!found) throw new EngineError('invalid', `invalid device cgroup rule format: '${text}'`)
  const [, type, major, minor, access] = found
  return { allow: true, type, ...(major !== '*' && { major: Number(major) }), ...(minor !== '*' && { minor: Number(minor) }), access }
}
