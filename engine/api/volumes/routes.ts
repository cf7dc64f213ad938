import { Type } from 'typebox'
import { EngineError } from '../../errors.ts'
import { isAnonymous, type Volume } from '../../volumes/volume.ts'
import type { Volumes } from '../../volumes/volumes.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'

const TextMap = Type.Optional(Type.Record(Type.String(), Type.String()))
const CreateBody = Type.Object({ Name: Type.Optional(Type.String()), Driver: Type.Optional(Type.String()), DriverOpts: TextMap, Labels: TextMap })

/** @see Engine API 1.51, "Volume" */
export function volumeRoutes(volumes: Volumes): Route[] {
  return [
    { method: 'GET', path: '/volumes', handler: (call) => list(volumes, call) },
    { method: 'POST', path: '/volumes/create', handler: (call) => create(volumes, call) },
    { method: 'POST', path: '/volumes/prune', handler: (call) => prune(volumes, call) },
    { method: 'GET', path: '/volumes/{name}', handler: (call) => call.json(200, volumeView(volumes, volumes.get(call.param('name')))) },
    {
      method: 'PUT',
      path: '/volumes/{name}',
      handler() {
        throw new EngineError('unavailable', 'volume update only valid for cluster volumes, but swarm is unavailable')
      },
    },
    {
      method: 'DELETE',
      path: '/volumes/{name}',
      async handler(call) {
        await volumes.remove(call.param('name'), call.query.flag('force'))
        call.empty(204)
      },
    },
  ]
}

/** @see engine-api notes 6: no fraction in CreatedAt */
export function volumeView(volumes: Volumes, volume: Volume) {
  return {
    CreatedAt: `${volume.createdAt.slice(0, 19)}Z`,
    Driver: 'local',
    Labels: volume.labels,
    Mountpoint: volumes.mountpoint(volume.name),
    Name: volume.name,
    Options: volume.options,
    Scope: 'local',
  }
}

export async function volumeUsageViews(volumes: Volumes) {
  return Promise.all(
    volumes.all().map(async (volume) => ({
      ...volumeView(volumes, volume),
      UsageData: { Size: await volumes.sizeOf(volume.name), RefCount: volumes.usersOf(volume.name).length },
    })),
  )
}

function list(volumes: Volumes, call: ApiCall): void {
  const filters = call.query.filters().allow('dangling', 'driver', 'label', 'name')
  const dangling = filters.flag('dangling')
  const chosen = volumes
    .all()
    .filter(
      (volume) =>
        filters.matchesPattern('name', volume.name) &&
        filters.matchesExactly('driver', 'local') &&
        filters.matchesLabels(volume.labels) &&
        (dangling === undefined || dangling === (volumes.usersOf(volume.name).length === 0)),
    )
  call.json(200, { Volumes: chosen.map((volume) => volumeView(volumes, volume)), Warnings: null })
}

async function create(volumes: Volumes, call: ApiCall): Promise<void> {
  const { Name: name = '', Driver: driver, DriverOpts: options, Labels: labels } = await call.optionalBody(CreateBody)
  call.json(201, volumeView(volumes, await volumes.create({ name, driver, options: options ?? null, labels: labels ?? null })))
}

/** Only anonymous ones unless asked for all: a named volume may hold somebody's only copy. */
async function prune(volumes: Volumes, call: ApiCall): Promise<void> {
  const filters = call.query.filters().allow('all', 'label', 'label!')
  const takesNamed = !call.version.atLeast('1.42') || filters.flag('all') === true
  const { removed, reclaimedBytes } = await volumes.prune((volume) => (takesNamed || isAnonymous(volume)) && filters.matchesLabels(volume.labels))
  call.json(200, { VolumesDeleted: removed, SpaceReclaimed: reclaimedBytes })
}
