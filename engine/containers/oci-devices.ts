import { statSync } from 'node:fs'
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
  refuseRequests(hostConfig)
  const { Devices = [], Privileged: isPrivileged = false } = hostConfig
  // A privileged container has everything under its own name already.
  const asked = Devices.filter(({ PathOnHost, PathInContainer }) => !isPrivileged || (PathInContainer || PathOnHost) !== PathOnHost)
  return [...(isPrivileged ? hostDevices() : []), ...asked.flatMap(nodesOf)]
}

export function deviceRules(hostConfig: HostConfig): OciDeviceRule[] {
  if (hostConfig.Privileged) return [{ allow: true, access: 'rwm' }]
  const asked = (hostConfig.Devices ?? []).flatMap((device) =>
    nodesOf(device).map(({ type, major, minor }) => ({ allow: true, type, major, minor, access: device.CgroupPermissions || 'rwm' })),
  )
  return [...DEFAULT_RULES, ...asked, ...(hostConfig.DeviceCgroupRules ?? []).map(parseRule)]
}

/** `--gpus` and the like need drivers that this engine does not have. @throws EngineError `system` (sic) with docker's words */
function refuseRequests({ DeviceRequests = [] }: HostConfig): void {
  const [request] = DeviceRequests
  if (!request) return
  const capabilities = (request.Capabilities ?? []).map((all) => `[${all.join(' ')}]`).join(' ')
  throw new EngineError('system', `could not select device driver ${JSON.stringify(request.Driver ?? '')} with capabilities: [${capabilities}]`)
}

type DeviceMapping = NonNullable<HostConfig['Devices']>[number]

/** One node, or every node of a folder. @throws EngineError `system` (sic) with docker's words */
function nodesOf({ PathOnHost: path, PathInContainer }: DeviceMapping): OciDevice[] {
  const target = PathInContainer || path
  const fail = (why: string) => new EngineError('system', `error gathering device information while adding custom device ${JSON.stringify(path)}: ${why}`)
  const kind = kindOf(path)
  if (kind === 'missing') throw fail('no such file or directory')
  const device = hostDevice(path, target)
  const nodes = device ? [device] : kind === 'folder' ? hostDevices(path, target) : []
  if (nodes.length === 0) throw fail('not a device node')
  return nodes
}

function kindOf(path: string): 'missing' | 'folder' | 'file' {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? 'missing' : stat.isDirectory() ? 'folder' : 'file'
}

/** `c 7:* rmw`. @see docker run --device-cgroup-rule @throws EngineError `system` (sic) */
function parseRule(text: string): OciDeviceRule {
  const found = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text)
  if (!found) throw new EngineError('system', `invalid device cgroup rule format: '${text}'`)
  const [, type, major, minor, access] = found
  return { allow: true, type, ...(major !== '*' && { major: Number(major) }), ...(minor !== '*' && { minor: Number(minor) }), access }
}
