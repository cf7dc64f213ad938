import { expect, test } from 'vitest'
import { inVersionOf } from './api-version.ts'

test.each([
  [undefined, '/v1.51/info', '/v1.51/info'],
  ['1.41', '/v1.51/containers/json?all=1', '/v1.41/containers/json?all=1'],
  ['1.51', '/v1.51/info', '/v1.51/info'],
  ['1.52', '/v1.51/info', '/v1.51/info'],
  ['2.0', '/v1.51/info', '/v1.51/info'],
  ['1.41', '/_ping', '/_ping'],
  ['moon', '/v1.51/info', '/v1.51/info'],
])('to an engine of %s, %s is %s', (version, path, wanted) => expect(inVersionOf(version, path)).toBe(wanted))
