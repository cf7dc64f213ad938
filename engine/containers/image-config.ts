import type { ImageConfig } from '../images/image.ts'
import type { ContainerConfig } from './config.ts'

/**
 * The client's configuration over the image's, field by field as docker does it: environment by name, labels, ports
 * and volumes united, and a client's entrypoint drops the image's command.
 */
export function mergeImageConfig(client: ContainerConfig, image: ImageConfig): ContainerConfig {
  return {
    ...client,
    User: client.User || image.User || '',
    Env: mergeEnv(client.Env, image.Env),
    Labels: { ...image.Labels, ...client.Labels },
    ExposedPorts: mergeSets(image.ExposedPorts, withProtocol(client.ExposedPorts)),
    Volumes: mergeSets(image.Volumes, client.Volumes),
    WorkingDir: client.WorkingDir || image.WorkingDir || '',
    StopSignal: client.StopSignal || image.StopSignal,
    Shell: client.Shell?.length ? client.Shell : image.Shell,
    Healthcheck: mergeHealthcheck(client.Healthcheck, image.Healthcheck),
    ...mergeCommand(client, image),
  }
}

function mergeCommand(client: ContainerConfig, image: ImageConfig): Pick<ContainerConfig, 'Entrypoint' | 'Cmd'> {
  const entrypoint = client.Entrypoint?.length ? client.Entrypoint : undefined
  if (entrypoint) {
    // `--entrypoint ""` arrives as one empty word: it resets the image's.
    return { Entrypoint: entrypoint.length === 1 && entrypoint[0] === '' ? undefined : entrypoint, Cmd: client.Cmd }
  }
  return { Entrypoint: image.Entrypoint, Cmd: client.Cmd?.length ? client.Cmd : image.Cmd }
}

function mergeEnv(client: readonly string[] | undefined, image: readonly string[] | undefined): string[] | undefined {
  if (!client?.length) return image ? [...image] : client && []
  const given = new Set(client.map((entry) => entry.split('=', 1)[0]))
  return [...client, ...(image ?? []).filter((entry) => !given.has(entry.split('=', 1)[0]))]
}

type NameSet = Record<string, Record<string, never>>

function mergeSets(image: Readonly<Record<string, unknown>> | undefined, client: Readonly<Record<string, unknown>> | undefined): NameSet | undefined {
  if (!image && !client) return undefined
  return Object.fromEntries([...Object.keys(image ?? {}), ...Object.keys(client ?? {})].map((name) => [name, {}]))
}

/** `80` means `80/tcp`. */
function withProtocol(ports: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> | undefined {
  return ports && Object.fromEntries(Object.keys(ports).map((port) => [port.includes('/') ? port : `${port}/tcp`, {}]))
}

function mergeHealthcheck(client: ContainerConfig['Healthcheck'], image: ContainerConfig['Healthcheck']): ContainerConfig['Healthcheck'] {
  if (!client || !image) return client ?? image
  return {
    Test: client.Test?.length ? client.Test : image.Test,
    Interval: client.Interval || image.Interval,
    Timeout: client.Timeout || image.Timeout,
    StartPeriod: client.StartPeriod || image.StartPeriod,
    StartInterval: client.StartInterval || image.StartInterval,
    Retries: client.Retries || image.Retries,
  }
}
