import type { PortHolder } from '../api/ports.ts'
import type { ContainerRow } from '../api/types.ts'
import { holderWords } from './port-words.ts'
import { say } from './say.ts'

/** What a person can do about an error, at the place where it shows. */
export type Step =
  | { readonly kind: 'open-container'; readonly id: string; readonly label: string }
  | { readonly kind: 'pull'; readonly reference: string; readonly label: string }

export interface Advice {
  /** The cause in plain words; empty when docker's own words are all there is. */
  readonly why: string
  readonly steps: readonly Step[]
}

/** A port that could not be had. */
export interface TakenPort {
  readonly port: number
  readonly protocol: string
  /** The container's own port that was to be published there; undefined where the engine does not say. */
  readonly inside?: number
}

/** The port that an error is about, in our engine's words or in another's. */
export function takenPortIn(message: string): TakenPort | undefined {
  const [, own, inside, kind = 'tcp'] = /failed to bind host port for .*:(\d+):.*:(\d+)\/(tcp|udp|sctp): address already in use/.exec(message) ?? []
  if (own !== undefined) return { port: Number(own), protocol: kind, inside: Number(inside) }
  const [, port] =
    /Bind for .*:(\d+) failed: port is already allocated/.exec(message) ?? /listen (?:tcp|udp)\d? .*:(\d+): bind: address already in use/.exec(message) ?? []
  return port === undefined ? undefined : { port: Number(port), protocol: 'tcp' }
}

/** Whether an error says that nothing fits any more where the engine keeps its data: in the kernel's words, or SQLite's. */
export function isDiskFull(message: string): boolean {
  return /no space left on device|database or disk is full/.test(message)
}

/**
 * Reads docker's error and looks for its cause among the containers.
 * @param holders processes that have the port that the error is about, as far as anybody asked
 */
export function adviseOn(message: string, containers: Iterable<ContainerRow>, holders: readonly PortHolder[] = []): Advice {
  const taken = takenPortIn(message)
  if (taken) return onTakenPort(taken.port, containers, holders)
  const image = /No such image: (\S+)/i.exec(message)?.[1]
  if (image !== undefined)
    return { why: say('The image is not on this machine.'), steps: [{ kind: 'pull', reference: image, label: say('Pull {image}', { image }) }] }
  const program = /exec: "([^"]+)": (?:executable file not found|stat .*: no such file or directory)/.exec(message)?.[1]
  if (program !== undefined) return { why: say('There is no program “{program}” in the image. Run it with another command.', { program }), steps: [] }
  const user =
    /(?:in use by container|used by stopped container|being used by running container|is using its referenced image|container) "?([0-9a-f]{12,64})"?/.exec(
      message,
    )?.[1]
  const holder = user === undefined ? undefined : find(containers, (row) => row.id.startsWith(user))
  const member = /has active endpoints \(name:"([^"]+)"/.exec(message)?.[1]
  const inside = member === undefined ? undefined : find(containers, (row) => row.name === member)
  if (inside) return { why: say('The container {name} is in it. Disconnect it first.', { name: inside.name }), steps: [open(inside)] }
  return holder ? { why: say('The container {name} holds it.', { name: holder.name }), steps: [open(holder)] } : { why: '', steps: [] }
}

function onTakenPort(port: number, containers: Iterable<ContainerRow>, holders: readonly PortHolder[]): Advice {
  const holder = find(containers, (row) => row.ports.some(({ published }) => published === port))
  const text = String(port)
  if (holder) return { why: say('Port {port} belongs to {name}. Stop it, or publish another port.', { port: text, name: holder.name }), steps: [open(holder)] }
  const program = holderWords(holders) || say('Another program on this machine')
  return { why: say('{program} has port {port}. Stop it, or publish another port.', { program, port: text }), steps: [] }
}

function open(row: ContainerRow): Step {
  return { kind: 'open-container', id: row.id, label: say('Open {what}', { what: row.name }) }
}

function find(containers: Iterable<ContainerRow>, matches: (row: ContainerRow) => boolean): ContainerRow | undefined {
  for (const row of containers) if (matches(row)) return row
  return undefined
}
