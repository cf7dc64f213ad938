import type { Access, Action } from '../auth/authority.ts'
import type { RegistryCall } from './call.ts'

const ACTIONS: Readonly<Record<string, readonly Action[]>> = { GET: ['pull'], HEAD: ['pull'], DELETE: ['delete'] }

/** What a request has to be allowed; nothing but an account for `/v2/` itself. @see docker's "Token Scope Documentation" */
export function accessOf({ request, repository, query }: RegistryCall, isCatalog: boolean): Access[] {
  if (isCatalog) return [{ type: 'registry', name: 'catalog', actions: ['*'] }]
  if (repository === '') return []
  const wanted: Access[] = [{ type: 'repository', name: repository, actions: ACTIONS[request.method ?? ''] ?? ['pull', 'push'] }]
  const from = query.get('from')
  if (query.has('mount') && from !== null) wanted.push({ type: 'repository', name: from, actions: ['pull'] })
  return wanted
}
