import { createInterface } from 'node:readline'
import { messageOf } from '../../errors.ts'
import { filtersOf } from '../api-client.ts'
import { CliCommand } from '../command/command.ts'
import { timestamp } from '../command/timestamp.ts'
import { filter, list } from '../command/values.ts'
import { ExitError } from '../exit-error.ts'
import { INSPECT_FORMAT_HELP } from '../format/format-help.ts'
import { localTimeText } from '../format/identifiers.ts'
import type { Session } from '../session.ts'
import { Template } from '../template/template.ts'

/** @see Engine API 1.51 EventMessage */
interface EventMessage {
  readonly Type: string
  readonly Action: string
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> }
  readonly scope: string
  readonly time: number
  readonly timeNano: number
}

export interface EventsOptions {
  readonly filter?: readonly string[]
  readonly format?: string
  readonly since?: string
  readonly until?: string
}

/** `engineroom events` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'events', usage: '[OPTIONS]', summary: 'Get real time events from the server', aliases: ['system events', 'events'] })
    .flag('-f, --filter <filter>', 'Filter output based on conditions provided', list(filter))
    .flag('--format <string>', INSPECT_FORMAT_HELP)
    .flag('--since <string>', 'Show all events created since timestamp')
    .flag('--until <string>', 'Stream events until this timestamp')
    .perform<EventsOptions>((_, options) => events(session, options))
}

/** Goes on until `until`, or until the person has seen enough. */
export async function events(session: Session, { filter: filters, format = '', since, until }: EventsOptions): Promise<void> {
  const show = formatted(format)
  const query = { since: timestamp('since', since), until: timestamp('until', until), filters: filtersOf(filters) }
  const lines = createInterface({ input: await session.client.stream('GET', '/events', { query }) })
  for await (const line of lines) session.print(show(line))
}

/** @throws ExitError 64 for a template that cannot be */
function formatted(format: string): (line: string) => string {
  if (format === '') return sentence
  if (format === 'json') return sortedLine
  try {
    const template = new Template(format)
    template.render(NO_EVENT)
    return (line) => template.render(JSON.parse(line))
  } catch (error) {
    throw new ExitError(64, `Error parsing format: ${messageOf(error)}`)
  }
}

const NO_EVENT: EventMessage = { Type: '', Action: '', Actor: { ID: '', Attributes: {} }, scope: '', time: 0, timeNano: 0 }

/** As Go writes it. */
function sortedLine(line: string): string {
  const event: EventMessage = JSON.parse(line)
  const text = JSON.stringify({ ...event, Actor: { ...event.Actor, Attributes: Object.fromEntries(attributesOf(event)) } })
  return text.replace(/"timeNano":\d+/, `"timeNano":${nanosIn(line)}`)
}

/** The number has more digits than one of ours. */
function nanosIn(line: string): bigint {
  return BigInt(/"timeNano":(\d+)/.exec(line)?.[1] ?? 0)
}

function attributesOf({ Actor }: EventMessage): [key: string, value: string][] {
  return Object.entries(Actor.Attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
}

function sentence(line: string): string {
  const event: EventMessage = JSON.parse(line)
  const { Type, Action, Actor } = event
  const nanos = nanosIn(line)
  const attributes = attributesOf(event).map(([key, value]) => `${key}=${value}`)
  return `${localTimeText(nanos)} ${Type} ${Action} ${Actor.ID}${attributes.length === 0 ? '' : ` (${attributes.join(', ')})`}`
}
