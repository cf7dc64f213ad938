import { EngineError, messageOf } from '../errors.ts'
import type { HostsEntry } from '../networks/sandbox.ts'
import type { Container } from './container.ts'
import { replaceHostsLine } from './host-files.ts'
import { linkEnvironment } from './link-environment.ts'
import type { ContainerParts } from './parts.ts'
import { isLive } from './state.ts'

/** A container that another one calls by an alias (`--link donor:alias` on the default bridge). */
export interface Link {
  readonly donor: Container
  readonly alias: string
}

/**
 * `name:alias` with the donor's full id, as it is stored: a name could move to another container. Clients that make a container anew give links
 * back as {@link linkViews} shows them.
 * @throws EngineError `invalid` with docker's words; never "not found": clients would pull
 */
export function resolveLink(parts: Pick<ContainerParts, 'store'>, text: string): string {
  const [reference = '', given = reference, ...rest] = text.split(':')
  const alias = reference.startsWith('/') ? given.slice(given.lastIndexOf('/') + 1) : given
  if (reference === '' || alias === '' || rest.length > 0) throw new EngineError('invalid', `bad format for links: ${text}`)
  const donor = parts.store.lookUp(reference)
  if (!donor) throw new EngineError('invalid', `could not get container for ${reference}: No such container: ${reference}`)
  return `${donor.id}:${alias}`
}

/** The containers that one is linked to and that are still there. */
export function linksOf(parts: Pick<ContainerParts, 'store'>, container: Container): Link[] {
  return (container.spec.hostConfig.Links ?? []).flatMap((text) => {
    const [id = '', alias = ''] = text.split(':')
    const donor = parts.store.find(id)
    return donor ? [{ donor, alias }] : []
  })
}

/** As inspect shows it: `/donor:/recipient/alias`. */
export function linkViews(parts: Pick<ContainerParts, 'store'>, container: Container): string[] {
  return linksOf(parts, container).map(({ donor, alias }) => `/${donor.name}:/${container.name}/${alias}`)
}

/** The names that links give a container, as `docker ps` shows them: `/recipient/alias`. */
export function aliasesOf(parts: Pick<ContainerParts, 'store'>, donor: Container): string[] {
  return recipientsOf(parts, donor).map(({ recipient, alias }) => `/${recipient.name}/${alias}`)
}

/**
 * What a container that starts learns of those that it is linked to: lines for its hosts file, and environment.
 * @throws EngineError `system` with docker's words when one of them does not run, or has no place on the default bridge
 */
export function linkedContainers(parts: ContainerParts, container: Container): { hosts: HostsEntry[]; environment: string[] } {
  const links = linksOf(parts, container).map((link) => ({ ...link, address: requiredAddress(parts, container, link) }))
  return {
    hosts: links.map((link) => ({ address: link.address, names: namesOf(link) })),
    environment: links.flatMap((link) => environmentOf(container, link)),
  }
}

/** What an exec finds in its environment of those that run now. */
export function presentLinkEnvironment(parts: ContainerParts, container: Container): string[] {
  return linksOf(parts, container).flatMap((link) => {
    const address = addressOf(parts, link)
    return address === undefined ? [] : environmentOf(container, { ...link, address })
  })
}

/**
 * Tells those that are linked to a container, and run, its new address. They may hear it late or never: it runs all the
 * same, so a failure is only logged.
 */
export async function tellRecipients(parts: ContainerParts, donor: Container): Promise<void> {
  const address = addressOf(parts, { donor })
  if (address === undefined) return
  for (const { recipient, alias } of recipientsOf(parts, donor)) {
    if (!isLive(recipient.state)) continue
    await replaceHostsLine(parts, recipient, namesOf({ donor, alias }), address).catch((error: unknown) =>
      parts.log.warn('a linked container was not told an address', { container: recipient.id, donor: donor.id, error: messageOf(error) }),
    )
  }
}

/** @throws EngineError `not-found` when there is no such link */
export function removeLink(parts: ContainerParts, recipient: Container, alias: string): void {
  const { Links = [] } = recipient.spec.hostConfig
  const kept = Links.filter((text) => text.split(':')[1] !== alias)
  if (kept.length === Links.length) throw new EngineError('not-found', `Cannot get child container for /${recipient.name}/${alias}`)
  recipient.spec.hostConfig = { ...recipient.spec.hostConfig, Links: kept }
  parts.store.saveSpec(recipient)
}

function recipientsOf(parts: Pick<ContainerParts, 'store'>, donor: Container): { recipient: Container; alias: string }[] {
  return parts.store
    .all()
    .filter(({ spec }) => spec.hostConfig.Links?.length)
    .flatMap((recipient) => linksOf(parts, recipient).flatMap((link) => (link.donor === donor ? [{ recipient, alias: link.alias }] : [])))
}

/** What the recipient may call it: the alias, its host name, and its name. */
function namesOf({ donor, alias }: Link): string[] {
  return [...new Set([alias, donor.spec.config.Hostname ?? '', donor.name])].filter((name) => name !== '')
}

function environmentOf(recipient: Container, { donor, alias, address }: Link & { address: string }): string[] {
  const { ExposedPorts, Env } = donor.spec.config
  return linkEnvironment({ name: `/${recipient.name}/${alias}`, alias, address, ports: Object.keys(ExposedPorts ?? {}), environment: Env ?? [] })
}

/** On the default bridge; undefined when it does not run there. */
function addressOf(parts: ContainerParts, { donor }: Pick<Link, 'donor'>): string | undefined {
  return isLive(donor.state) ? parts.networks.sandboxOf(donor.id)?.endpoints.get('bridge')?.ipAddress : undefined
}

function requiredAddress(parts: ContainerParts, recipient: Container, link: Link): string {
  const { donor, alias } = link
  if (!isLive(donor.state)) throw new EngineError('system', `Cannot link to a non running container: /${donor.name} AS /${recipient.name}/${alias}`)
  const address = addressOf(parts, link)
  if (address === undefined) throw new EngineError('system', `Cannot link to /${donor.name}, as it does not belong to the default network`)
  return address
}
