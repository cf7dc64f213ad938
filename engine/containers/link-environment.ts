/** A linked container as its recipient's environment tells of it. */
export interface LinkedService {
  /** `/recipient/alias` */
  readonly name: string
  readonly alias: string
  readonly address: string
  /** Exposed ports, `80/tcp`. */
  readonly ports: readonly string[]
  readonly environment: readonly string[]
}

interface Port {
  readonly port: number
  readonly protocol: string
}

/** Not the recipient's business. */
const PRIVATE = ['HOME', 'PATH']

/**
 * The variables that a link gives its recipient.
 * @see docker's documentation of legacy container links, "Environment variables"
 */
export function linkEnvironment({ name, alias, address, ports, environment }: LinkedService): string[] {
  const prefix = alias.toUpperCase().replaceAll('-', '_')
  const sorted = ports.map(parsePort).sort((a, b) => a.port - b.port || (a.protocol === b.protocol ? 0 : a.protocol === 'tcp' ? -1 : 1))
  const [first] = sorted
  const urlOf = ({ port, protocol }: Port) => `${protocol}://${address}:${port}`
  const nameOf = ({ port, protocol }: Port) => `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
  const inherited = environment.filter((entry) => entry.includes('=') && !PRIVATE.includes(entry.split('=', 1)[0] ?? ''))
  return [
    ...(first ? [`${prefix}_PORT=${urlOf(first)}`] : []),
    ...runsOf(sorted).flatMap(([start, end]) => [
      `${nameOf(start)}_START=${urlOf(start)}`,
      `${nameOf(start)}_ADDR=${address}`,
      `${nameOf(start)}_PROTO=${start.protocol}`,
      `${nameOf(start)}_PORT_START=${start.port}`,
      `${nameOf(end)}_END=${urlOf(end)}`,
      `${nameOf(end)}_PORT_END=${end.port}`,
    ]),
    ...sorted.flatMap((port) => [
      `${nameOf(port)}=${urlOf(port)}`,
      `${nameOf(port)}_ADDR=${address}`,
      `${nameOf(port)}_PORT=${port.port}`,
      `${nameOf(port)}_PROTO=${port.protocol}`,
    ]),
    `${prefix}_NAME=${name}`,
    ...inherited.map((entry) => `${prefix}_ENV_${entry}`),
  ]
}

function parsePort(text: string): Port {
  const [port = '', protocol = 'tcp'] = text.split('/')
  return { port: Number(port), protocol }
}

/** First and last of each run of consecutive ports of one protocol. */
function runsOf(sorted: readonly Port[]): [Port, Port][] {
  const runs: [Port, Port][] = []
  for (const port of sorted) {
    const last = runs.at(-1)
    if (last && last[1].protocol === port.protocol && last[1].port + 1 === port.port) last[1] = port
    else runs.push([port, port])
  }
  return runs.filter(([start, end]) => start !== end)
}
