import { Type } from 'typebox'
import { ContainerConfigSchema, HostConfigSchema, normaliseConfig, normaliseHostConfig } from '../../containers/config.ts'
import { createContainer } from '../../containers/create.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import { EndpointSettingsSchema } from '../../networks/endpoint-settings.ts'
import type { ApiCall } from '../call.ts'
import { readAsVersion } from './create-versions.ts'

const CreateBody = Type.Object({
  ...ContainerConfigSchema.properties,
  HostConfig: Type.Optional(HostConfigSchema),
  NetworkingConfig: Type.Optional(Type.Object({ EndpointsConfig: Type.Optional(Type.Record(Type.String(), EndpointSettingsSchema)) })),
})

/** @see Engine API 1.51 ContainerCreate */
export async function createHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const { HostConfig: hostConfig = {}, NetworkingConfig: networking, ...config } = await call.body(CreateBody)
  if (Object.keys(config).length === 0) throw new EngineError('invalid', 'config cannot be empty in order to create a container')
  const endpoints = Object.fromEntries(Object.entries(networking?.EndpointsConfig ?? {}).map(([name, settings]) => [name, settings ?? {}]))
  const versionWarnings = readAsVersion(call.version, { config, hostConfig, endpoints })
  const { container, warnings } = await createContainer(parts, {
    name: call.query.text('name'),
    platform: call.version.atLeast('1.41') ? call.query.text('platform') : '',
    config: normaliseConfig(config),
    hostConfig: normaliseHostConfig(hostConfig),
    endpoints,
  })
  call.json(201, { Id: container.id, Warnings: [...warnings, ...versionWarnings] })
}
