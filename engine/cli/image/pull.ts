import { fullRepository, parseReference, type Reference, withDefaultTag } from '../../images/reference.ts'
import { CliCommand } from '../command/command.ts'
import type { Session } from '../session.ts'
import { type ProgressOutput, showProgress } from '../streams/progress.ts'

export interface PullOptions {
  readonly allTags?: boolean
  readonly platform?: string
  readonly quiet?: boolean
}

/** `engineroom pull` */
export function command(session: Session): CliCommand {
  return new CliCommand({
    path: 'pull',
    usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
    summary: 'Download an image from a registry',
    aliases: ['image pull', 'pull'],
    atLeast: 1,
    atMost: 1,
  })
    .flag('-a, --all-tags', 'Download all tagged images in the repository')
    .flag('--platform <string>', 'Set platform if server is multi-platform capable')
    .flag('-q, --quiet', 'Suppress verbose output')
    .perform<PullOptions>(([name = ''], options) => pull(session, name, options))
}

export async function pull(session: Session, name: string, { allTags = false, quiet = false, platform }: PullOptions): Promise<void> {
  const given = parseReference(name)
  const isNameOnly = given.tag === undefined && given.digest === undefined
  if (allTags && !isNameOnly) throw new Error("tag can't be used with --all-tags/-a")
  const reference = allTags ? given : withDefaultTag(given)
  if (isNameOnly && !allTags && !quiet) session.print(`Using default tag: ${reference.tag}`)
  await pullImage(session, reference, platform, quiet ? undefined : session.output)
  session.print(fullName(reference))
}

/** Docker prints the whole name at the end, with its registry and `library/`. */
function fullName(reference: Reference): string {
  const { tag, digest } = reference
  return `${fullRepository(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** @param output where the progress is shown. @throws Error with what the registry or the daemon said */
export async function pullImage(session: Session, reference: Reference, platform: string | undefined, output: ProgressOutput | undefined): Promise<void> {
  const progress = await session.client.stream('POST', '/images/create', {
    query: { fromImage: fullRepository(reference), tag: reference.digest ?? reference.tag, platform },
    headers: session.config.registryAuth(reference.domain),
  })
  await showProgress(progress, output ?? { isTTY: false, columns: 0, write: () => true })
}
