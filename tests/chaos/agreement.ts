import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Existence, label, type Model, type ModelContainer } from './model.ts'
import type { Inspected, Observed } from './observed.ts'

/** Where the daemon's words and what it has acknowledged differ. One line each; empty when nothing is lost. */
export async function modelDisagreements(model: Model, observed: Observed): Promise<string[]> {
  return [
    ...containerDisagreements(model, observed),
    ...tagDisagreements(model, observed),
    ...networkDisagreements(model, observed),
    ...(await volumeDisagreements(model, observed)),
  ]
}

function containerDisagreements(model: Model, { containers, volumes }: Observed): string[] {
  const found = new Set<string>()
  const lines = model.containers.flatMap((container) => {
    const actual = counterpart(container, containers)
    if (actual) found.add(actual.Id)
    const expected = expectedExistence(container)
    if (!actual) return [...(expected === 'yes' ? [`lost: container ${label(container)}`] : []), ...orphans(container, volumes)]
    if (expected === 'no') return [`removed, but still there: container ${label(container)}, ${actual.State.Status}`]
    return stateDisagreements(container, actual)
  })
  const unknown = [...containers.values()].filter(({ Id }) => !found.has(Id)).map(({ Name }) => `nobody asked for: container ${Name}`)
  return [...lines, ...unknown]
}

/** Every removal in this test takes the anonymous volumes along. */
function orphans(container: ModelContainer, volumes: Observed['volumes']): string[] {
  return container.anonymousVolumes.filter((name) => volumes.has(name)).map((name) => `an anonymous volume outlived container ${label(container)}: ${name}`)
}

/** By id, or by name when its create was cut off. */
export function counterpart(container: ModelContainer, containers: ReadonlyMap<string, Inspected>): Inspected | undefined {
  if (container.id !== undefined) return containers.get(container.id)
  return [...containers.values()].find(({ Name }) => container.names.includes(Name.slice(1)))
}

/** A container that is removed after its run goes when its process does. */
function expectedExistence({ kind, exists, phase, hasStarted }: ModelContainer): Existence {
  if (exists !== 'yes' || kind.hostConfig.AutoRemove !== true || !hasStarted) return exists
  if (phase === 'started' || phase === 'paused') return kind.settles === 'exited' && phase === 'started' ? 'no' : 'yes'
  return 'maybe'
}

function stateDisagreements(container: ModelContainer, { Name, State, NetworkSettings }: Inspected): string[] {
  const { Status, ExitCode, Health } = State
  const lines: string[] = []
  if (!container.names.includes(Name.slice(1))) lines.push(`container ${label(container)} is called ${Name}`)
  for (const [network, wanted] of container.networks) {
    const isIn = network in NetworkSettings.Networks
    if (wanted !== 'maybe' && isIn !== (wanted === 'yes')) lines.push(`container ${label(container)} is ${isIn ? '' : 'not '}in ${network}`)
  }
  const allowed = statusesFor(container)
  if (!allowed.includes(Status)) lines.push(`container ${label(container)} should be ${allowed.join(' or ')} after "${container.phase}", but is ${Status}`)
  if (Status === 'running' && container.kind.config.Healthcheck && Health?.Status !== 'healthy')
    lines.push(`container ${label(container)} runs and should be healthy, but is ${Health?.Status}`)
  const exitCode = container.exitCode ?? (container.phase === 'started' ? container.kind.exitCode : undefined)
  if (Status === 'exited' && exitCode !== undefined && ExitCode !== exitCode)
    lines.push(`container ${label(container)} ended with ${exitCode}, the daemon says ${ExitCode}`)
  return lines
}

function statusesFor({ kind, phase }: ModelContainer): string[] {
  switch (phase) {
    case 'created':
    case 'paused':
      return [phase]
    case 'stopped':
      return ['exited']
    case 'started':
      return { running: ['running'], exited: ['running', 'exited'], looping: ['running', 'restarting'] }[kind.settles]
    case 'unknown':
      return ['created', 'running', 'paused', 'exited', ...(kind.settles === 'looping' ? ['restarting'] : [])]
  }
}

function networkDisagreements(model: Model, { networks }: Observed): string[] {
  const lines = model.networks.flatMap(({ name, exists }) => {
    if (!networks.has(name)) return exists === 'yes' ? [`lost: network ${name}`] : []
    return exists === 'no' ? [`removed, but still there: network ${name}`] : []
  })
  const unknown = [...networks.keys()].filter((name) => !model.networks.some((one) => one.name === name)).map((name) => `nobody asked for: network ${name}`)
  return [...lines, ...unknown]
}

function tagDisagreements(model: Model, { tags }: Observed): string[] {
  return model.tags.flatMap(({ name, exists, imageId }) => {
    const actual = tags.get(name)
    if (actual === undefined) return exists === 'yes' ? [`lost: image ${name}`] : []
    if (exists === 'no') return [`removed, but still there: image ${name}`]
    return imageId !== undefined && actual !== imageId ? [`image ${name} should be ${imageId}, but is ${actual}`] : []
  })
}

async function volumeDisagreements(model: Model, { volumes }: Observed): Promise<string[]> {
  const lines = await Promise.all(
    model.volumes.map(async ({ name, exists, files }) => {
      const folder = volumes.get(name)
      if (folder === undefined) return exists === 'yes' ? [`lost: volume ${name}`] : []
      if (exists === 'no') return [`removed, but still there: volume ${name}`]
      const missing = await Promise.all(
        [...files].map(async (file) => ((await contentOf(join(folder, file))) === `${file}\n` ? [] : [`lost: ${file} in volume ${name}`])),
      )
      return missing.flat()
    }),
  )
  return lines.flat()
}

/** Empty for a file that is not there. */
function contentOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

/** What was `maybe` is now known: the daemon has shown how it went. */
export function learn(model: Model, observed: Observed): void {
  for (const container of model.containers) {
    const actual = counterpart(container, observed.containers)
    container.busy = 0
    container.isContended = false
    container.exists = actual ? 'yes' : 'no'
    if (!actual) continue
    container.id = actual.Id
    container.names = [actual.Name.slice(1)]
    if (container.kind.config.Volumes) container.anonymousVolumes = actual.Mounts.flatMap(({ Name }) => Name ?? [])
    if (container.phase === 'unknown' && container.kind.settles === 'running') container.phase = phaseOf(actual.State.Status)
    for (const network of container.networks.keys()) container.networks.set(network, network in actual.NetworkSettings.Networks ? 'yes' : 'no')
    container.hasStarted = actual.State.Status !== 'created'
    if (actual.State.Status !== 'paused') container.hasPendingKill = false
    if (!container.hasStarted) container.phase = 'created'
  }
  for (const tag of model.tags) {
    tag.isBusy = false
    tag.imageId = observed.tags.get(tag.name)
    tag.exists = tag.imageId === undefined ? 'no' : 'yes'
  }
  for (const network of model.networks) {
    network.users = 0
    network.exists = observed.networks.has(network.name) ? 'yes' : 'no'
  }
  for (const volume of model.volumes) {
    volume.isBusy = false
    volume.exists = observed.volumes.has(volume.name) ? 'yes' : 'no'
  }
}

function phaseOf(status: string): ModelContainer['phase'] {
  if (status === 'created' || status === 'paused') return status
  return status === 'exited' ? 'stopped' : status === 'running' ? 'started' : 'unknown'
}
