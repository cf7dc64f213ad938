import type { ApiCall } from './call.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
export type Handler = (call: ApiCall) => void | Promise<void>

/**
 * One endpoint. `path` is written as in docker's documentation, e.g. `/containers/{id}/json`; a parameter is
 * greedy (image names contain slashes), and earlier routes win over later ones.
 */
export interface Route {
  readonly method: Method
  readonly path: string
  readonly handler: Handler
  /** The client may ask to take over the connection (`Upgrade: tcp`). */
  readonly hijacks?: boolean
  /** The body is an archive, whatever type the client gives it: curl calls all of them forms. */
  readonly uploads?: boolean
  /** Answered from this API version on, when that is older than the oldest of all others: some clients speak nothing newer. */
  readonly since?: string
}

export interface Match {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

interface Compiled {
  readonly route: Route
  readonly pattern: RegExp
}

/** Finds the route of a path whose version prefix was cut off. Routes are grouped by their first segment. */
export class Router {
  readonly #groups = new Map<string, Compiled[]>()

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const key = `${route.method} ${firstSegment(route.path)}`
      const group = this.#groups.get(key) ?? []
      group.push({ route, pattern: compile(route.path) })
      this.#groups.set(key, group)
    }
  }

  find(method: string, path: string): Match | undefined {
    for (const { route, pattern } of this.#groups.get(`${method} ${firstSegment(path)}`) ?? []) {
      const found = pattern.exec(path)
      if (found) return { route, params: { ...found.groups } }
    }
    return undefined
  }
}

function firstSegment(path: string): string {
  return path.split('/', 2)[1] ?? ''
}

function compile(path: string): RegExp {
  const source = path.replace(/[.]/g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>.+)')
  return new RegExp(`^${source}$`)
}
