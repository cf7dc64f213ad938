import type { BuildParts } from '../../build/parts.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import type { FrontDoor } from './front-door.ts'

/**
 * BuildKit's door: `docker buildx` and compose build through it. What is behind it is loaded for the first who knocks.
 * @see Engine API 1.51, "Session"
 */
export function buildkitRoutes(builder: BuildParts, version: string): Route[] {
  let door: Promise<FrontDoor> | undefined
  const open = async () => (await import('./front-door.ts')).frontDoor(builder, version)
  const route = (path: string, name: keyof FrontDoor): Route => ({
    method: 'POST',
    path,
    hijacks: true,
    async handler(call: ApiCall) {
      door ??= open()
      const { [name]: enter } = await door
      enter(call)
    },
  })
  return [route('/session', 'session'), route('/grpc', 'grpc')]
}
