import { Type } from 'typebox'
import { ContainerConfigSchema, HostConfigSchema, normaliseConfig, normaliseHostConfig } from '../../containers/config.ts'
import { createContainer } from '../../containers/create.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import { type EndpointSettings, EndpointSettingsSchema } from '../../networks/endpoint-settings.ts'
import type { MountRequest } from '../../volumes/mount-request.ts'
import type { ApiCall } from '../call.ts'

const CreateBody = Type.Object({
  ...ContainerConfigSchema.properties,
  HostConfig: Type.Optional(HostConfigSchema),
  NetworkingConfig: Type.Optional(Type.Object({ EndpointsConfig: Type.Optional(Type.Record(Type.String(), EndpointSettingsSchema)) })),
})

/** @see Engine API 1.51 ContainerCreate */
export async function createHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const { HostConfig: hostConfig = {}, NetworkingConfig: networking, ...config } = await call.body(CreateBody)
  if (Object.keys(config).length === 0) throw new EngineError('invalid', 'config cannot be empty in order to create a container')
  // Old clients remove such containers themselves, and know nothing of these two.
  if (!call.version.atLeast('1.25')) hostConfig.AutoRemove = false
  if (!call.version.atLeast('1.42')) hostConfig.ConsoleSize = undefined
  if (!call.version.atLeast('1.43')) hostConfig.Annotations = undefined
  if (!call.version.atLeast('1.44') && config.Healthcheck) config.Healthcheck.StartInterval = undefined
  checkMountVersions(call, hostConfig.Mounts ?? [])
  if (!call.version.atLeast('1.40')) hostConfig.IpcMode ||= 'shareable'
  const { container, warnings } = await createContainer(parts, {
    name: call.query.text('name'),
    platform: call.version.atLeast('1.41') ? call.query.text('platform') : '',
    config: normaliseConfig(config),
    hostConfig: normaliseHostConfig(hostConfig),
    endpoints: endpointsOf(call, networking?.EndpointsConfig ?? {}),
  })
  call.json(201, { Id: container.id, Warnings: warnings })
}

function checkMountVersions({ version }: ApiCall, mounts: readonly MountRequest[]): void {
  if (!version.atLeast('1.45') && mounts.some(({ VolumeOptions }) => VolumeOptions?.Subpath)) {
    throw new EngineError('invalid', 'VolumeOptions.Subpath needs API v1.45 or newer')
  }
  if (!version.atLeast('1.48') && mounts.some(({ Type }) => Type === 'image')) {
    throw new EngineError('invalid', 'Mount type "Image" needs API v1.48 or newer')
  }
}

function endpointsOf(call: ApiCall, sent: Readonly<Record<string, EndpointSettings | null>>): Record<string, EndpointSettings> {
  const endpoints = Object.fromEntries(Object.entries(sent).map(([name, settings]) => [name, settings ?? {}]))
  const names = Object.keys(endpoints)
  if (names.length > 1 && !call.version.atLeast('1.44')) {
    throw new EngineError('invalid', `Container cannot be created with multiple network endpoints: ${names.sort().join(', ')}`)
  }
  return endpoints
}
