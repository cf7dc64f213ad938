import { expect, test } from 'vitest'
import type { TaskProgress } from '../api/types.ts'
import { advance, layerShare, NO_PROGRESS } from './task-state.ts'

function line(part: Partial<TaskProgress>): TaskProgress {
  return { layer: '', status: '', currentBytes: undefined, totalBytes: undefined, output: '', error: '', reclaimedBytes: undefined, ...part }
}

test('layers keep their order while their steps change', () => {
  const lines = [
    line({ layer: 'latest', status: 'Pulling from library/busybox' }),
    line({ layer: 'aaa', status: 'Pulling fs layer' }),
    line({ layer: 'bbb', status: 'Waiting' }),
    line({ layer: 'aaa', status: 'Downloading', currentBytes: 50, totalBytes: 200 }),
    line({ status: 'Status: Downloaded newer image for busybox:latest' }),
  ]
  const state = lines.reduce(advance, NO_PROGRESS)
  expect(state.headline).toBe('Status: Downloaded newer image for busybox:latest')
  expect(state.layers.map(({ id, status }) => [id, status])).toEqual([
    ['aaa', 'Downloading'],
    ['bbb', 'Waiting'],
  ])
  expect(state.layers.map(layerShare)).toEqual([0.25, undefined])
})

test('a failure is kept with what had come by then', () => {
  const state = [line({ layer: 'aaa', status: 'Pull complete' }), line({ error: 'toomanyrequests' })].reduce(advance, NO_PROGRESS)
  expect(state.error).toBe('toomanyrequests')
  expect(state.layers.map(layerShare)).toEqual([1])
})

test('more than the announced size is still no more than all', () => {
  expect(layerShare({ id: 'a', status: 'Downloading', currentBytes: 300, totalBytes: 200 })).toBe(1)
})

test('what a build writes is put together, and its end stays when it is much', () => {
  const state = [line({ output: 'Step 1/1 : FROM scratch\n' }), line({ output: ' ---> abc\n' })].reduce(advance, NO_PROGRESS)
  expect(state.output).toBe('Step 1/1 : FROM scratch\n ---> abc\n')
  const much = advance(state, line({ output: `${'x'.repeat(200_000)}end` })).output
  expect([much.length, much.endsWith('end')]).toEqual([100_000, true])
})
