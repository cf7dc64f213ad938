import type { BuildParts } from '../../build/parts.ts'
import type { ApiCall } from '../call.ts'
import type { Route } from '../router.ts'
import type { FrontDoor } from './front-door.ts'

/** Opens the door, which is one. */
export type OpenDoor = () => Promise<FrontDoor>

/** What is behind the door is loaded for the first who knocks. @param version of the engine */
export function doorTo(builder: BuildParts, version: string): OpenDoor {
  let door: Promise<FrontDoor> | undefined
  const load = async () => (await import('./front-door.ts')).frontDoor(builder, version)
  return () => {
    door ??= load()
    return door
  }
}

/**
 * BuildKit's door: `docker buildx` and compose build through it.
 * @see Engine API 1.51, "Session"
 */
export function buildkitRoutes(open: OpenDoor): Route[] {
  const route = (path: string, name: 'session' | 'grpc'): Route => ({
    method: 'POST',
    path,
    hijacks: true,
    async handler(call: ApiCall) {
      const { [name]: enter } = await open()
      await enter(call)
    },
  })
  return [route('/session', 'session'), route('/grpc', 'grpc')]
}
