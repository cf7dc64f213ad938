import { describe, expect, it } from 'vitest'
import { type Method, Router } from './router.ts'

const route = (method: Method, path: string) => ({ method, path, handler: () => {} })
const router = new Router([
  route('GET', '/images/json'),
  route('GET', '/images/{name}/json'),
  route('GET', '/images/get'),
  route('GET', '/images/{name}/get'),
  route('DELETE', '/images/{name}'),
  route('GET', '/containers/{id}/json'),
  route('GET', '/containers/{id}/attach/ws'),
  route('POST', '/containers/{id}/attach'),
  route('GET', '/a.b'),
])

const find = (method: string, path: string) => {
  const found = router.find(method, path)
  return found && [found.route.path, found.params]
}

describe('Router', () => {
  it.each([
    ['GET', '/images/json', '/images/json', {}],
    ['GET', '/images/busybox/json', '/images/{name}/json', { name: 'busybox' }],
    ['GET', '/images/host:5000/a/b:1/json', '/images/{name}/json', { name: 'host:5000/a/b:1' }],
    ['GET', '/images/json/json', '/images/{name}/json', { name: 'json' }],
    ['DELETE', '/images/a/b', '/images/{name}', { name: 'a/b' }],
    ['GET', '/containers//web/json', '/containers/{id}/json', { id: '/web' }],
    ['GET', '/containers/x/attach/ws', '/containers/{id}/attach/ws', { id: 'x' }],
    ['POST', '/containers/a/b/attach', '/containers/{id}/attach', { id: 'a/b' }],
    ['GET', '/a.b', '/a.b', {}],
  ])('%s %s', (method, path, expected, params) => expect(find(method, path)).toEqual([expected, params]))

  it.each([
    ['POST', '/images/json'],
    ['GET', '/images/json/'],
    ['GET', '/images'],
    ['GET', '/images//json'],
    ['GET', '/axb'],
    ['GET', ''],
    ['GET', '/images/get/more'],
  ])('%s %s is not found', (method, path) => expect(find(method, path)).toBeUndefined())
})
