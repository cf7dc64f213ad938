import { describe, expect, it } from 'vitest'
import { Stillness } from './stillness.ts'

/** Work that says when it began and ends when it is told to. */
function step(steps: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = async () => {
    steps.push(`${name} in`)
    await promise
    steps.push(`${name} out`)
  }
  return { work, end: resolve }
}

describe('Stillness', () => {
  it('lets processes in together, and none while the container is held still', async () => {
    const stillness = new Stillness()
    const steps: string[] = []
    const [first, second, commit, late] = ['first', 'second', 'commit', 'late'].map((name) => step(steps, name)) as [Step, Step, Step, Step]
    const all = [stillness.enter(first.work), stillness.enter(second.work), stillness.hold(commit.work), stillness.enter(late.work)]
    first.end()
    await all[0]
    expect(steps).toEqual(['first in', 'second in', 'first out'])
    second.end()
    commit.end()
    late.end()
    await Promise.all(all)
    expect(steps).toEqual(['first in', 'second in', 'first out', 'second out', 'commit in', 'commit out', 'late in', 'late out'])
  })

  it('is held by several at once, of whom one is the last', async () => {
    const stillness = new Stillness()
    const steps: string[] = []
    const [one, other] = [step(steps, 'one'), step(steps, 'other')]
    const [holdOne, holdOther] = [stillness.hold(one.work), stillness.hold(other.work)]
    expect(steps).toEqual(['one in', 'other in'])
    expect(stillness.isLastHolder).toBe(false)
    one.end()
    await holdOne
    expect(stillness.isLastHolder).toBe(true)
    other.end()
    await holdOther
  })

  it('lets others in after a failure, which is its own', async () => {
    const stillness = new Stillness()
    await expect(stillness.hold(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    await expect(stillness.enter(() => Promise.reject(new Error('mine too')))).rejects.toThrow('mine too')
    expect(await stillness.hold(async () => 'fine')).toBe('fine')
  })
})

type Step = ReturnType<typeof step>
