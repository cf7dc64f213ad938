import type { Kind } from './kinds.ts'

/**
 * What the daemon has acknowledged. An answer with 2xx makes a fact; a connection that broke leaves the thing `maybe`,
 * until the daemon is back and shows how it went.
 */
export type Existence = 'yes' | 'maybe' | 'no'

/** Where the last acknowledged request left a container; `unknown` when a request was cut off or two of them met. */
export type Phase = 'created' | 'started' | 'paused' | 'stopped' | 'unknown'

export interface ModelContainer {
  readonly kind: Kind
  /** Unknown while its create was not answered. */
  id: string | undefined
  /** One, or two while a rename was cut off. */
  names: string[]
  exists: Existence
  phase: Phase
  /** The code of an end that we know from outside, e.g. 137 for one that we killed. */
  exitCode: number | undefined
  /** Requests under way. */
  busy: number
  /** Requests that were ever made, for those who look twice and ask whether one came and went between. */
  turns: number
  /** Two requests were under way at once, so their order is unknown. */
  isContended: boolean
  hasStarted: boolean
  /** A kill was cut off: if it met a frozen process, that dies of it as soon as it is thawed. */
  hasPendingKill: boolean
  /** Those that go with it, once we have seen them. */
  anonymousVolumes: string[]
  /** Networks of users → whether it is in there. */
  readonly networks: Map<string, Existence>
}

export interface ModelNetwork {
  readonly name: string
  exists: Existence
  /** Not for random work: containers are made to be in it. */
  readonly isFixed: boolean
  /** Requests under way that need it, or do away with it. */
  users: number
}

export interface ModelVolume {
  readonly name: string
  exists: Existence
  isBusy: boolean
  /** Files whose writing was acknowledged. */
  readonly files: Set<string>
}

export interface ModelTag {
  readonly name: string
  exists: Existence
  /** Undefined until somebody has told. */
  imageId: string | undefined
  isBusy: boolean
  /** What `/token` in it says, for images that carry one. */
  readonly token: string | undefined
}

export class Model {
  readonly containers: ModelContainer[] = []
  readonly volumes: ModelVolume[] = []
  readonly networks: ModelNetwork[] = []
  readonly tags: ModelTag[] = []
  /** What must not be, in words. */
  readonly violations: string[] = []
  /** The last requests, for whoever reads a failure. */
  readonly journal: string[] = []
  #lastNumber = 0

  /** Unique in this test. */
  newName(what: string): string {
    return `${what}-${++this.#lastNumber}`
  }

  addContainer(kind: Kind): ModelContainer {
    const container: ModelContainer = {
      kind,
      id: undefined,
      names: [this.newName(kind.name)],
      exists: 'maybe',
      phase: 'unknown',
      exitCode: undefined,
      busy: 0,
      turns: 0,
      isContended: false,
      hasStarted: false,
      hasPendingKill: false,
      anonymousVolumes: [],
      networks: new Map(),
    }
    this.containers.push(container)
    return container
  }

  addVolume(): ModelVolume {
    const volume: ModelVolume = { name: this.newName('volume'), exists: 'maybe', isBusy: true, files: new Set() }
    this.volumes.push(volume)
    return volume
  }

  addNetwork(fixedName?: string): ModelNetwork {
    const network: ModelNetwork = { name: fixedName ?? this.newName('network'), exists: 'maybe', isFixed: fixedName !== undefined, users: 1 }
    this.networks.push(network)
    return network
  }

  addTag(name: string, imageId: string | undefined, token?: string): ModelTag {
    const tag: ModelTag = { name, exists: 'maybe', imageId, isBusy: true, token }
    this.tags.push(tag)
    return tag
  }

  /** Containers that exist for sure, and that a request may be aimed at by id. */
  known(): (ModelContainer & { id: string })[] {
    return this.containers.filter((one): one is ModelContainer & { id: string } => one.exists === 'yes' && one.id !== undefined)
  }

  note(line: string): void {
    this.journal.push(`${new Date().toISOString().slice(11, 23)} ${line}`)
    if (this.journal.length > 400) this.journal.shift()
  }
}

/** How a container is called in messages. */
export function label(container: ModelContainer): string {
  return `${container.names.join(' or ')}${container.id ? ` (${container.id.slice(0, 12)})` : ''}`
}
