import type { Client } from './client.ts'
import type { ContainerWork } from './container-work.ts'
import type { ImageWork } from './image-work.ts'
import type { Model } from './model.ts'
import type { NetworkWork } from './network-work.ts'
import type { Random } from './random.ts'
import type { VolumeWork } from './volume-work.ts'

/** So many things of each sort are enough to get into each other's way. */
const MOST_CONTAINERS = 14
const MOST_TAGS = 10
const MOST_VOLUMES = 5
const MOST_NETWORKS = 3

export interface Work {
  readonly client: Client
  readonly model: Model
  readonly containers: ContainerWork
  readonly images: ImageWork
  readonly volumes: VolumeWork
  readonly networks: NetworkWork
}

/** Asks for one random thing after the other until the daemon is being killed. */
export async function workUntilKilled(work: Work, random: Random): Promise<void> {
  while (!work.client.isDying) await doSomething(work, random)
}

async function doSomething(work: Work, random: Random): Promise<void> {
  const { model, containers, images, volumes, networks } = work
  const isCrowded = model.known().length >= MOST_CONTAINERS
  // Most requests are for a container that is left alone; some meet another request.
  const candidates = model.known().filter((one) => one.busy === 0 || random.chance(0.2))
  const container = random.pick(candidates.filter((one) => one.kind.name !== 'writer'))
  const onContainer = (weight: number, verb: (one: NonNullable<typeof container>) => Promise<void>) =>
    [container ? weight : 0, () => (container ? verb(container) : Promise.resolve())] as const
  const tag = random.pick(model.tags.filter((one) => one.exists === 'yes' && !one.isBusy))
  const volume = random.pick(model.volumes.filter((one) => one.exists === 'yes' && !one.isBusy))
  const changing = model.networks.filter(({ isFixed }) => !isFixed)
  const network = random.pick(changing.filter((one) => one.exists === 'yes'))
  const unused = changing.find((one) => one.exists === 'yes' && one.users === 0 && !model.containers.some(({ networks }) => networks.has(one.name)))
  const member = random.pick(model.known().filter((one) => one.kind.hostConfig.NetworkMode === undefined && one.kind.name !== 'writer'))
  const tags = model.tags.filter((one) => one.exists === 'yes').length
  await random.weighted<() => Promise<void>>([
    [isCrowded ? 0 : 3, () => containers.create(random)],
    [isCrowded ? 0 : 10, () => containers.run(random)],
    onContainer(5, (one) => containers.start(one)),
    onContainer(4, (one) => containers.stop(one)),
    onContainer(2, (one) => containers.kill(one)),
    onContainer(2, (one) => containers.restart(one)),
    onContainer(2, (one) => containers.pause(one)),
    onContainer(2, (one) => containers.unpause(one)),
    onContainer(2, (one) => containers.rename(one)),
    onContainer(4, (one) => containers.exec(one, random)),
    onContainer(isCrowded ? 12 : 3, (one) => containers.remove(one)),
    [tags < MOST_TAGS ? 2 : 0, () => images.tag()],
    [tags < MOST_TAGS ? 1 : 0, () => images.load()],
    [tags < MOST_TAGS ? 1 : 0, () => images.build()],
    [tags < MOST_TAGS ? 1 : 0, () => images.commit(random)],
    [tag ? (tags < MOST_TAGS ? 1 : 4) : 0, () => (tag ? images.untag(tag) : Promise.resolve())],
    [model.volumes.filter((one) => one.exists === 'yes').length < MOST_VOLUMES ? 2 : 0, () => volumes.create()],
    [changing.filter((one) => one.exists !== 'no').length < MOST_NETWORKS ? 2 : 0, () => networks.create(random)],
    [unused ? 0.5 : 0, () => (unused ? networks.remove(unused) : Promise.resolve())],
    [network && member ? 4 : 0, () => (network && member ? networks.connect(member, network) : Promise.resolve())],
    [network && member ? 2 : 0, () => (network && member ? networks.disconnect(member, network) : Promise.resolve())],
    [volume ? 2 : 0, () => (volume ? volumes.write(volume) : Promise.resolve())],
    [volume ? 0.5 : 0, () => (volume ? volumes.remove(volume) : Promise.resolve())],
  ])()
}
