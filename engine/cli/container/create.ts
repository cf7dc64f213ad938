import { existsSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { familiarName, parseReference, type Reference, withDefaultTag } from '../../images/reference.ts'
import { isNotFound } from '../api-error.ts'
import { pullImage } from '../image/pull.ts'
import type { Session } from '../session.ts'
import { consoleSize } from '../streams/terminal-size.ts'
import type { CreateBody } from './create-body.ts'

export type PullPolicy = 'always' | 'missing' | 'never'

export interface CreateOptions {
  readonly name?: string
  readonly platform?: string
  readonly pull: PullPolicy
  readonly quiet?: boolean
  readonly cidfile?: string
}

/** @throws Error with docker's words */
export function parsePullPolicy(text: string): PullPolicy {
  if (text === '') return 'missing'
  if (text === 'always' || text === 'missing' || text === 'never') return text
  throw new Error(`invalid pull option: '${text}': must be one of "always", "missing" or "never"`)
}

/**
 * Creates a container, and fetches its image first if need be.
 * @returns its id
 */
export async function createContainer(session: Session, body: CreateBody, options: CreateOptions): Promise<string> {
  const { cidfile, quiet, platform } = options
  if (cidfile && existsSync(cidfile)) {
    throw new Error(`container ID file found, make sure the other container isn't running or delete ${cidfile}`)
  }
  const reference = imageReference(body.Image)
  const fetchImage = async () => {
    if (reference) await pullImage(session, reference, platform, quiet ? undefined : session.errors)
  }
  if (options.pull === 'always') await fetchImage()
  body.HostConfig.ConsoleSize = consoleSize(session.output)
  const created = await create(session, body, options, async (error) => {
    if (!isNotFound(error) || !reference || options.pull !== 'missing') throw error
    if (!quiet) session.say(`Unable to find image '${familiarName(reference)}' locally`)
    await fetchImage()
  })
  const localDns = body.HostConfig.Dns.filter((address) => isIP(address) !== 0 && /^(127\.|::1$)/.test(address))
  const warnings = [...(created.Warnings ?? []), ...localDns.slice(0, 1).map((address) => `Localhost DNS (${address}) may fail in containers.`)]
  for (const warning of warnings) session.say(`WARNING: ${warning}`)
  if (cidfile) writeFileSync(cidfile, created.Id)
  return created.Id
}

/** Undefined for the id of an image, which nobody can pull. @throws EngineError for what is no name */
function imageReference(text: string): Reference | undefined {
  return /^(sha256:)?[0-9a-f]{64}$/.test(text) ? undefined : withDefaultTag(parseReference(text))
}

interface Created {
  readonly Id: string
  readonly Warnings: readonly string[] | null
}

/** @param mend what to do about a failure before the second and last attempt; throws when there is nothing to do */
async function create({ client }: Session, body: CreateBody, { name, platform }: CreateOptions, mend: (error: unknown) => Promise<void>): Promise<Created> {
  const request = { query: { name: name || undefined, platform: platform || undefined }, body }
  try {
    return await client.json<Created>('POST', '/containers/create', request)
  } catch (error) {
    await mend(error)
    return client.json<Created>('POST', '/containers/create', request)
  }
}
