import { type Client, outcomeOf } from './client.ts'
import { ROUTED } from './kinds.ts'
import type { Model, ModelContainer, ModelNetwork } from './model.ts'
import type { Random } from './random.ts'

const modes = (mode: string) => Object.fromEntries([4, 6].map((version) => [`com.docker.network.bridge.gateway_mode_ipv${version}`, mode]))

/** Networks whose addresses, rules and published ports differ: a container's ports follow it from one to the other. */
const KINDS: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { EnableIPv6: true },
  { EnableIPv4: false, EnableIPv6: true },
  { EnableIPv6: true, Options: modes('routed') },
  { EnableIPv6: true, Internal: true, Options: modes('isolated') },
]

/** Requests about networks of users; each keeps the model true. */
export class NetworkWork {
  readonly #client: Client
  readonly #model: Model

  constructor(client: Client, model: Model) {
    this.#client = client
    this.#model = model
  }

  /** Before all random work. */
  async createRouted(): Promise<void> {
    await this.#create(this.#model.addNetwork(ROUTED), { EnableIPv6: true, Options: modes('routed') })
  }

  async create(random: Random): Promise<void> {
    await this.#create(this.#model.addNetwork(), random.pick(KINDS))
  }

  async #create(network: ModelNetwork, options: object | undefined): Promise<void> {
    const answer = await this.#client.send('POST', '/networks/create', { Name: network.name, ...options })
    if (answer) network.exists = answer.status === 201 ? 'yes' : 'no'
    network.users -= 1
  }

  /** Only one that no container was ever put into: the others would refer to what is gone. */
  async remove(network: ModelNetwork): Promise<void> {
    network.users += 1
    network.exists = 'maybe'
    const outcome = outcomeOf(await this.#client.send('DELETE', `/networks/${network.name}`))
    if (outcome !== 'cut off') network.exists = outcome === 'acknowledged' ? 'no' : 'yes'
    network.users -= 1
  }

  async connect(container: ModelContainer, network: ModelNetwork): Promise<void> {
    await this.#change(container, network, 'connect')
  }

  async disconnect(container: ModelContainer, network: ModelNetwork): Promise<void> {
    await this.#change(container, network, 'disconnect')
  }

  /** Does not count as busy: whatever else the container does, it keeps its networks. Of one connection, one change at a time. */
  async #change(container: ModelContainer, network: ModelNetwork, verb: 'connect' | 'disconnect'): Promise<void> {
    const before = container.networks.get(network.name) ?? 'no'
    if (before !== (verb === 'connect' ? 'no' : 'yes')) return
    network.users += 1
    container.networks.set(network.name, 'maybe')
    const outcome = outcomeOf(await this.#client.send('POST', `/networks/${network.name}/${verb}`, { Container: container.id }))
    if (outcome === 'acknowledged') container.networks.set(network.name, verb === 'connect' ? 'yes' : 'no')
    if (outcome === 'refused') container.networks.set(network.name, before)
    network.users -= 1
  }
}
