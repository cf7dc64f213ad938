import { say } from './say.ts'

/**
 * `8080:80, 53:53/udp` → docker's port bindings. A single number lets the engine choose the host port.
 * @throws Error that names the part that is not a mapping
 */
export function portMappings(text: string): { host: string; container: string }[] {
  const parts = text.split(/[\s,]+/).filter(Boolean)
  return parts.map((part) => {
    const found = /^(?:(\d+):)?(\d+)(\/(?:tcp|udp|sctp))?$/.exec(part)
    const [host, container] = [found?.[1], found?.[2]]
    if (container === undefined || !isPort(container) || (host !== undefined && !isPort(host))) {
      throw new Error(say('“{part}” is not a port mapping: write 8080:80, or 8053:53/udp.', { part }))
    }
    return { host: host ?? '', container: `${container}${found?.[3] ?? '/tcp'}` }
  })
}

function isPort(text: string): boolean {
  const port = Number(text)
  return port >= 1 && port <= 65535
}
