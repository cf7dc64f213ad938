import { describe, expect, it } from 'vitest'
import { splitTarget } from './server.ts'

describe('splitTarget', () => {
  it.each([
    ['/info', undefined, '/info'],
    ['/v1.51/info', '1.51', '/info'],
    ['/v1.24/containers/a/json?size=1', '1.24', '/containers/a/json'],
    ['//info', undefined, '/info'],
    ['/v1.41//containers///x/json', '1.41', '/containers/x/json'],
    ['/images/localhost%3A5000%2Fx/json', undefined, '/images/localhost:5000/x/json'],
    ['/images/100%/json', undefined, '/images/100%/json'],
    ['/./info', undefined, '/info'],
    ['/v1.41/containers/../info', '1.41', '/info'],
    ['/../../info', undefined, '/info'],
    ['/info/', undefined, '/info/'],
    ['*', undefined, '*'],
    ['/v1.51', undefined, '/v1.51'],
    ['/version', undefined, '/version'],
  ])('%s', (target, version, path) => expect(splitTarget(target)).toMatchObject({ version, path }))

  it('leaves the query to itself', () => {
    expect(splitTarget('/x?filters=%7B%22a%22%3A1%7D&t=1&t=2?').query.getAll('t')).toEqual(['1', '2?'])
    expect(splitTarget('/x?filters=%7B%22a%22%3A1%7D').query.get('filters')).toBe('{"a":1}')
  })
})
