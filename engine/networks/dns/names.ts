/** A container in a network, as names go. */
export interface NamedMember {
  /** Its own name first. */
  readonly names: readonly string[]
  /** IPv4 and IPv6. */
  readonly addresses: readonly string[]
}

/** One of the networks that a container is in, as it sees it. */
export interface NameScope {
  readonly network: string
  readonly members: readonly NamedMember[]
  /** Names that only this container uses, by what they stand for. */
  readonly localAliases: ReadonlyMap<string, string>
}

/** What the names that a container asks for mean. */
export interface NameView {
  readonly scopes: readonly NameScope[]
  /** Whom to ask for other names; nobody when the container must not reach outside. */
  readonly upstreams: readonly string[]
}

/**
 * The addresses of a name, in the first of the container's networks that has it; undefined when none does.
 * `web` and `web.backend`, backend being the network, mean the same.
 */
export function lookUp({ scopes }: NameView, text: string): string[] | undefined {
  const name = text.toLowerCase()
  for (const scope of scopes) {
    const suffix = `.${scope.network.toLowerCase()}`
    const candidates = name.endsWith(suffix) ? [name, name.slice(0, -suffix.length)] : [name]
    const found = candidates.flatMap((candidate) => membersCalled(scope, candidate))
    if (found.length > 0) return [...new Set(found.flatMap(({ addresses }) => addresses))]
  }
  return undefined
}

function membersCalled({ members, localAliases }: NameScope, name: string): NamedMember[] {
  const target = [...localAliases].find(([alias]) => alias.toLowerCase() === name)?.[1]
  const called = (wanted: string) => members.filter(({ names }) => names.some((one) => one.toLowerCase() === wanted))
  return called(target?.toLowerCase() ?? name)
}

/** Whose address it is, as `name.network`; undefined when it is nobody's in the container's networks. */
export function nameOf({ scopes }: NameView, address: string): string | undefined {
  for (const { network, members } of scopes) {
    const [name] = members.find(({ addresses }) => addresses.includes(address))?.names ?? []
    if (name !== undefined) return `${name}.${network}`
  }
  return undefined
}
