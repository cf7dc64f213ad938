import type { Machine } from '../../checks/machine.ts'
import type { Route } from '../router.ts'

/** Our own, docker has none of it: what the engine finds wrong with its machine, and what it takes of it. */
export function checkRoutes(machine: Machine): Route[] {
  return [
    { method: 'GET', path: '/engineroom/v1/checks', handler: async (call) => call.json(200, await machine.checks()) },
    { method: 'GET', path: '/engineroom/v1/checks/disk', handler: async (call) => call.json(200, await machine.disk()) },
    { method: 'GET', path: '/engineroom/v1/spending', handler: async (call) => call.json(200, await machine.spending()) },
  ]
}
