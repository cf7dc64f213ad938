import { describe, expect, it } from 'vitest'
import { type NamedContext, NamedContexts } from './named-contexts.ts'

const image = (reference: string): NamedContext => ({ kind: 'image', reference })

describe('a named context', () => {
  const contexts = new NamedContexts([
    ['alpine', image('a')],
    ['Tools', image('b')],
    ['reg.example/x:1', image('c')],
  ])

  it.each([
    ['alpine', 'a'],
    ['alpine:latest', 'a'],
    ['docker.io/library/alpine', 'a'],
    ['tools', 'b'],
    ['TOOLS', 'b'],
    ['reg.example/x:1', 'c'],
  ])('is meant by %s', (reference, expected) => expect(contexts.find(reference)).toEqual(image(expected)))

  it.each(['alpine:3', 'reg.example/x', 'other', '', '0'])('is not meant by %j', (reference) => expect(contexts.find(reference)).toBeUndefined())
})
