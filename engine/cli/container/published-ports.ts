import { isIP } from 'node:net'

export interface PortBinding {
  readonly HostIp: string
  readonly HostPort: string
}

export interface PortMaps {
  readonly exposed: Readonly<Record<string, object>>
  readonly bindings: Readonly<Record<string, readonly PortBinding[]>>
}

/**
 * What `-p` and `--expose` say, as the API takes it.
 * @param published `[[IP:]HOST:]CONTAINER[/PROTOCOL]` with ports or ranges, or `published=…,target=…,protocol=…`
 * @throws Error with docker's words
 */
export function portMaps(published: readonly string[] = [], exposed: readonly string[] = []): PortMaps {
  const bindings: Record<string, PortBinding[]> = {}
  for (const text of published) {
    for (const { port, binding } of parsePublish(standardNotation(text))) (bindings[port] ??= []).push(binding)
  }
  const ports = [...Object.keys(bindings), ...exposed.flatMap(parseExpose)]
  return { exposed: Object.fromEntries(ports.map((port) => [port, {}])), bindings }
}

function standardNotation(text: string): string {
  if (!text.includes('=')) return text
  const parts: Record<string, string> = { protocol: 'tcp' }
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    if (equals < 1) throw new Error(`invalid publish opts format (should be name=value but got '${part}')`)
    parts[part.slice(0, equals)] = part.slice(equals + 1)
  }
  return `${parts.published ?? ''}:${parts.target ?? ''}/${parts.protocol}`
}

function parsePublish(text: string): { port: string; binding: PortBinding }[] {
  const parts = text.split(':')
  const { ports, protocol } = splitProtocol(parts.pop() ?? '')
  const hostText = parts.pop() ?? ''
  const ip = parseHostIp(parts.join(':'))
  if (ports === '') throw new Error(`no port specified: ${text}<empty>`)
  const container = parseRange(ports) ?? fail(`invalid containerPort: ${ports}`)
  const host = hostText === '' ? undefined : (parseRange(hostText) ?? fail(`invalid hostPort: ${hostText}`))
  const count = container.last - container.first
  const isFreeChoice = host !== undefined && host.last - host.first !== count
  if (isFreeChoice && count > 0) throw new Error(`invalid ranges specified for container and host Ports: ${ports} and ${hostText}`)
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw new Error(`invalid proto: ${protocol}`)
  return Array.from({ length: count + 1 }, (_, at) => {
    const HostPort = host === undefined ? '' : isFreeChoice ? `${host.first}-${host.last}` : String(host.first + at)
    return { port: `${container.first + at}/${protocol}`, binding: { HostIp: ip, HostPort } }
  })
}

function parseHostIp(text: string): string {
  const ip = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (ip !== '' && isIP(ip) === 0) throw new Error(`invalid IP address: ${ip}`)
  return ip
}

function parseExpose(text: string): string[] {
  if (text.includes(':')) throw new Error(`invalid port format for --expose: ${text}`)
  const { ports, protocol } = splitProtocol(text)
  const range = parseRange(ports) ?? fail(`invalid range format for --expose: ${text}, error: ${rangeError(ports)}`)
  return Array.from({ length: range.last - range.first + 1 }, (_, at) => `${range.first + at}/${protocol}`)
}

function splitProtocol(text: string): { ports: string; protocol: string } {
  const [ports = '', protocol = ''] = text.split('/')
  return { ports, protocol: protocol === '' ? 'tcp' : protocol.toLowerCase() }
}

function parseRange(text: string): { first: number; last: number } | undefined {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  if (from === undefined) return undefined
  const range = { first: Number(from), last: Number(to ?? from) }
  return range.last > 65535 || range.last < range.first ? undefined : range
}

function rangeError(text: string): string {
  if (text === '') return 'empty string specified for ports'
  const bad = text.split('-').find((part) => !/^\d+$/.test(part) || Number(part) > 65535)
  if (bad === undefined) return `invalid range specified for port: ${text}`
  return `strconv.ParseUint: parsing ${JSON.stringify(bad)}: ${/^\d+$/.test(bad) ? 'value out of range' : 'invalid syntax'}`
}

function fail(message: string): never {
  throw new Error(message)
}
