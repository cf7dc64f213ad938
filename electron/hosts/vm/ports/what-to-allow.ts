import type { PortRequest } from './port-request.ts'

/**
 * What a person can do about a port that this computer does not let them have.
 * @param code that a bind failed with
 * @returns words that go on after "permission denied"; undefined where there is nothing to say
 * @see ip(7) ip_unprivileged_port_start
 */
export function whatToAllow(code: string, { hostIp, hostPort, protocol }: Pick<PortRequest, 'hostIp' | 'hostPort' | 'protocol'>, platform: NodeJS.Platform) {
  if (code !== 'EACCES') return undefined
  switch (platform) {
    case 'linux':
      return `ports below 1024 are root's on this computer; to have those from ${hostPort} on: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=${hostPort}`
    case 'darwin':
      return `on ${hostIp}, ports below 1024 are root's on this computer; on all addresses they are everybody's: -p ${hostPort}:…`
    case 'win32':
      return `Windows keeps this port for itself; which ones: netsh interface ipv4 show excludedportrange protocol=${protocol}`
    default:
      return undefined
  }
}
