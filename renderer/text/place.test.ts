import { expect, test } from 'vitest'
import { formatPlace, parsePlace } from './place.ts'

test.each([
  ['', { view: 'containers', item: '', tab: '' }],
  ['#/images', { view: 'images', item: '', tab: '' }],
  ['#/images/sha256%3Aab', { view: 'images', item: 'sha256:ab', tab: '' }],
  ['#/containers/4f1c/terminal', { view: 'containers', item: '4f1c', tab: 'terminal' }],
  ['#/nowhere', { view: 'containers', item: '', tab: '' }],
  ['#/volumes/%E0%A4%A', { view: 'volumes', item: '%E0%A4%A', tab: '' }],
])('%s', (hash, place) => {
  expect(parsePlace(hash)).toEqual(place)
})

test('a place survives its address, whatever its name', () => {
  const place = { view: 'volumes', item: 'a/b #c%', tab: '' } as const
  expect(parsePlace(formatPlace(place))).toEqual(place)
})
