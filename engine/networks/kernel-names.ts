/**
 * What a daemon's things in the kernel are called. All names carry the daemon's prefix, which is short and stable for a
 * data root: so several daemons live side by side, and what a crash left is found again.
 */
export class KernelNames {
  readonly #prefix: string

  /** @param prefix four hex digits */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  /** The nftables table. */
  get table(): string {
    return `engineroom-${this.#prefix}`
  }

  /** The table that joins our loopback with that of the computer around a virtual machine. */
  get localhostTable(): string {
    return `${this.table}-localhost`
  }

  /** The mark of interfaces that are ours under names of somebody else's. @see ip-link(8), "alias" */
  get linkOwner(): string {
    return `engineroom-${this.#prefix}`
  }

  /** What all our network namespaces begin with. */
  get netnsStart(): string {
    return `er-${this.#prefix}-`
  }

  /** What the host's ends of all our veth pairs begin with. */
  get linkStart(): string {
    return `er${this.#prefix}`
  }

  netnsOf(containerId: string): string {
    return `${this.netnsStart}${containerId.slice(0, 12)}`
  }

  /**
   * The host's end of a container's interface; at most 15 characters.
   * @param index of the interface, at most 35
   */
  linkOf(containerId: string, index = 0): string {
    return `${this.linksOf(containerId)}${index === 0 ? '' : index.toString(36)}`
  }

  /** What the host's ends of all interfaces of a container begin with. */
  linksOf(containerId: string): string {
    return `${this.linkStart}${containerId.slice(0, 8)}`
  }

  /** The bridge of a network that a user made; 15 characters. The hyphen tells it from links. */
  bridgeOf(networkId: string): string {
    return `${this.bridgeStart}${networkId.slice(0, 8)}`
  }

  get bridgeStart(): string {
    return `${this.linkStart}-`
  }

  /** What the namespace behind another daemon's link begins with; undefined for a link of ours, or nobody's. */
  foreignNetnsOf(link: string): string | undefined {
    const [, prefix, id] = /^er([0-9a-f]{4})([0-9a-f]{8})[0-9a-z]?$/.exec(link) ?? []
    return prefix === undefined || prefix === this.#prefix ? undefined : `er-${prefix}-${id}`
  }
}
