/** Of containers, execs, networks: what the engine makes up when it creates something. */
const ID = /[0-9a-f]{64}/g

/** Which recorded ids have become which, from the answers to what created them, then and now. */
export class RenewedIds {
  readonly #ids = new Map<string, string>()

  /** @param recorded @param answered bodies of the same answer */
  learn(recorded: string, answered: string): void {
    const [before, now] = [idIn(recorded), idIn(answered)]
    if (before !== undefined && now !== undefined) this.#ids.set(before, now)
  }

  renewed(text: string): string {
    return text.replace(ID, (id) => this.#ids.get(id) ?? id)
  }

  /** Both ids have the same length, so that what says how long the body is stays true. */
  renewedIn(data: Buffer): Buffer {
    return Buffer.from(this.renewed(data.toString('latin1')), 'latin1')
  }
}

/** @see Engine API 1.51 ContainerCreateResponse, IDResponse, NetworkCreateResponse */
function idIn(body: string): string | undefined {
  return /^\{"Id":"([0-9a-f]{64})"/.exec(body)?.[1]
}
