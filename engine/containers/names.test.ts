import { describe, expect, it } from 'vitest'
import { generateName, parseContainerName } from './names.ts'

describe('parseContainerName', () => {
  it.each([
    ['web', 'web'],
    ['/web', 'web'],
    ['proj-web-1', 'proj-web-1'],
    ['a_b.c-d', 'a_b.c-d'],
    ['0x', '0x'],
  ])('takes %j', (text, name) => expect(parseContainerName(text)).toBe(name))

  it.each(['', '/', 'x', '_web', '-web', '.web', 'a b', 'a/b', '//web', 'wéb', 'web\n'])('refuses %j', (text) => {
    expect(() => parseContainerName(text)).toThrow(`Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`)
  })
})

describe('generateName', () => {
  it('makes names that are allowed', () => {
    for (let i = 0; i < 200; i++) expect(generateName(() => false)).toMatch(/^[a-z]+_[a-z]+$/)
  })

  it('adds digits once it has missed a few times', () => {
    let asked = 0
    const name = generateName(() => ++asked < 8)
    expect(asked).toBe(8)
    expect(name).toMatch(/^[a-z]+_[a-z]+\d+$/)
  })
})
