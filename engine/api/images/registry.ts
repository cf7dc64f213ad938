import { Type } from 'typebox'
import type { Images } from '../../images/images.ts'
import { parseReference } from '../../images/reference.ts'
import type { ApiCall } from '../call.ts'
import { registryAuth } from './auth.ts'

const AuthBody = Type.Object({
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
  serveraddress: Type.Optional(Type.String()),
  identitytoken: Type.Optional(Type.String()),
  registrytoken: Type.Optional(Type.String()),
})

/** @see Engine API 1.51 SystemAuth */
export async function login(images: Images, call: ApiCall): Promise<void> {
  const { username = '', password = '', serveraddress = '', identitytoken = '', registrytoken = '' } = await call.untypedBody(AuthBody)
  const auth = { username, password, identityToken: identitytoken, registryToken: registrytoken }
  // Loaded when it is first needed, as for a pull.
  const { checkCredentials } = await import('../../images/registry/login.ts')
  await checkCredentials(serveraddress, auth, images.registry, call.signal)
  call.json(200, { Status: 'Login Succeeded', IdentityToken: '' })
}

/** @see Engine API 1.51 DistributionInspect */
export async function distribution(images: Images, call: ApiCall): Promise<void> {
  const options = { auth: registryAuth(call.header('x-registry-auth')), signal: call.signal }
  const { inspectDistribution } = await import('../../images/registry/distribution.ts')
  const { descriptor, platforms } = await inspectDistribution(parseReference(call.param('name')), images.registry, options)
  call.json(200, { Descriptor: descriptor, Platforms: platforms })
}

/** Our own, docker has none of it: what a registry has, as far as it tells. `registry` is its host; `repository` has it in front. */
export async function browse(images: Images, call: ApiCall): Promise<void> {
  const options = { auth: registryAuth(call.header('x-registry-auth')), signal: call.signal }
  const { listRepositories, listTags } = await import('../../images/registry/browse.ts')
  const repository = call.query.text('repository')
  if (repository !== '') return call.json(200, { tags: await listTags(repository, images.registry, options) })
  call.json(200, { repositories: await listRepositories(call.query.text('registry'), images.registry, options) })
}
