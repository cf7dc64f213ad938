import { expect, test } from 'vitest'
import { stagesBeforeBoot } from '../boot/stages.ts'
import { ProgressList } from './progress-list.ts'

test('each line is told once: of a stage that takes minutes what goes on, of the others how they ended', () => {
  const said: string[] = []
  const list = new ProgressList((line) => void said.push(line))
  const [image, disk, ...others] = stagesBeforeBoot()
  if (!image || !disk) throw new Error('the boot has lost its stages')
  const now = (imageNow: object, diskNow: object = {}) => list.show([{ ...image, ...imageNow }, { ...disk, ...diskNow }, ...others], 0)
  now({ state: 'running', detail: 'fetching' })
  now({ state: 'running', detail: 'fetching' })
  now({ state: 'running', detail: 'writing' })
  now({ state: 'done', tookMs: 21_000 }, { state: 'running', detail: 'not told' })
  now({ state: 'done', tookMs: 21_000 }, { state: 'failed', detail: 'no room', tookMs: 100 })
  expect(said).toEqual(['  fetching', '  writing', '✓ Look for the image of the VM (21.0 s)', '✗ Prepare the data disk (0.1 s): no room'])
})
