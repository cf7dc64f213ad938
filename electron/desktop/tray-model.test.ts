import { describe, expect, test } from 'vitest'
import type { HostStatus } from '../ipc/contract.ts'
import { someStatus } from '../testing/some-status.ts'
import { trayModel } from './tray-model.ts'

const status = (state: HostStatus['state'], canStart: boolean): HostStatus => someStatus({ state, canStart })

function textsOf(state: HostStatus['state'], mayStart: boolean): string[] {
  return trayModel(status(state, mayStart)).items.flatMap((item) => (item.kind === 'separator' ? [] : [item.text]))
}

describe('the tray', () => {
  test('says the state in words', () => {
    expect(textsOf('running', true)).toEqual(['Open Engineroom', 'Engine is running', 'Quit (the engine and containers go on)'])
    expect(trayModel(status('failed', true)).tooltip).toBe('Engineroom: engine has failed')
  })

  test('offers to stop a virtual machine that runs, and says what becomes of it', () => {
    const items = trayModel(someStatus({ kind: 'vm', state: 'running', canStart: true, canStop: true })).items.flatMap((item) =>
      item.kind === 'separator' ? [] : [item.text],
    )
    expect(items).toEqual([
      'Open Engineroom',
      'Engine is running, in its virtual machine',
      'Stop the virtual machine (containers end)',
      'Quit (the virtual machine and containers go on)',
    ])
  })

  test.each(['stopped', 'failed'] as const)('offers to start an engine that is %s', (state) => {
    expect(textsOf(state, true)).toContain('Start the engine')
  })

  test.each([
    ['running', true],
    ['starting', true],
    ['stopped', false],
    ['failed', false],
  ] as const)('offers no start when the engine is %s and starting is allowed: %s', (state, mayStart) => {
    expect(textsOf(state, mayStart)).not.toContain('Start the engine')
  })
})
