import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const shown = globSync('gallery/rooms/*.vue', { cwd: ROOT })
  .map((path) => readFileSync(`${ROOT}/${path}`, 'utf8'))
  .join('\n')

test.each(globSync('components/*.vue', { cwd: ROOT }).map((path) => path.slice('components/'.length, -'.vue'.length)))('%s is in the gallery', (name) => {
  // Said so that a failure does not print the whole gallery.
  expect({ isNamed: shown.includes(`name="${name}"`), isShown: new RegExp(`<${name}[ />]`).test(shown) }).toEqual({ isNamed: true, isShown: true })
})
