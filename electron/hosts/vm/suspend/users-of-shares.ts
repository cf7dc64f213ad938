import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { Type } from 'typebox'
import { parseJson } from '../parse-json.ts'
import type { Share } from '../shares.ts'

const Containers = Type.Array(
  Type.Object({ Names: Type.Array(Type.String()), State: Type.String(), Mounts: Type.Array(Type.Object({ Source: Type.Optional(Type.String()) })) }),
)

/** These may have it mounted, or mount it again in a moment. */
const ALIVE = ['running', 'paused', 'restarting']

/** @returns the names of the containers that have a folder of these mounted. @throws Error when the engine does not tell */
export async function usersOfShares(engineSocket: string, shares: readonly Share[], signal: AbortSignal): Promise<string[]> {
  if (shares.length === 0) return []
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get({ socketPath: engineSocket, path: '/containers/json', agent: false, headers: { Host: 'engine' }, signal }, (response) => resolve(text(response))).on(
    'error',
    reject,
  )
  const said = await promise
  const containers = parseJson(Containers, said)
  if (!containers) throw new Error(`the engine said of its containers: ${said.slice(0, 200)}`)
  const isShared = (source: string) => shares.some(({ path }) => source === path || source.startsWith(`${path}/`))
  return containers
    .filter(({ State, Mounts }) => ALIVE.includes(State) && Mounts.some(({ Source }) => Source !== undefined && isShared(Source)))
    .map(({ Names }) => (Names[0] ?? '').replace(/^\//, ''))
}
