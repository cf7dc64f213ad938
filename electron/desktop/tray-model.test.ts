import { describe, expect, test } from 'vitest'
import type { LiveContainer } from '../engine-watch/engine-watch.ts'
import { someStatus } from '../testing/some-status.ts'
import { type TrayFacts, type TrayItem, trayModel } from './tray-model.ts'

function facts(parts: Partial<TrayFacts> = {}): TrayFacts {
  return { host: someStatus({ state: 'running', canStart: true }), containers: [], endings: [], opensAtLogin: false, newerVersion: undefined, ...parts }
}
const container = (name: string, parts: Partial<LiveContainer> = {}): LiveContainer => ({ id: `id-${name}`, name, isPaused: false, ports: [], ...parts })

/** As one reads it, what opens to the side indented. */
function lines(items: readonly TrayItem[], indent = ''): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'separator') return []
    if (item.kind === 'menu') return [`${indent}${item.text}`, ...lines(item.items, `${indent}  `)]
    return [`${indent}${item.kind === 'choice' && item.isOn ? '✓ ' : ''}${item.text}`]
  })
}
const linesOf = (parts: Partial<TrayFacts>) => lines(trayModel(facts(parts)).items)

test('one that is not ours is neither restarted nor stopped from here', () => {
  const host = someStatus({ kind: 'context', context: { name: 'far', host: 'ssh://far' }, state: 'running' })
  expect(linesOf({ host })).toEqual(['Open Engineroom', 'Engine is running', 'Open at login', 'Quit (the engine and containers go on)'])
})

test('an engine that runs', () => {
  expect(linesOf({})).toEqual([
    'Open Engineroom',
    'Engine is running',
    'Restart the engine (containers go on)',
    'Open at login',
    'Quit (the engine and containers go on)',
  ])
})

test('a newer version of this program leads to where it is fetched', () => {
  expect(trayModel(facts({ newerVersion: '0.2.0' })).items).toContainEqual({ kind: 'action', text: 'Engineroom 0.2.0 is there', action: { kind: 'settings' } })
})

test('a virtual machine can be stopped, and it is said what becomes of containers', () => {
  expect(linesOf({ host: someStatus({ kind: 'vm', state: 'running', canStart: true, canStop: true }), opensAtLogin: true })).toEqual([
    'Open Engineroom',
    'Engine is running, in its virtual machine',
    'Restart the virtual machine (containers end)',
    'Stop the virtual machine (containers end)',
    '✓ Open at login',
    'Quit (the virtual machine and containers go on)',
  ])
})

test.each([
  ['running', 'on'],
  ['starting', 'off'],
  ['stopped', 'off'],
  ['failed', 'alert'],
] as const)('%s is seen at a glance: %s', (state, face) => {
  expect(trayModel(facts({ host: someStatus({ state }) })).face).toBe(face)
})

test('why it has failed', () => {
  const model = trayModel(facts({ host: someStatus({ state: 'failed', detail: 'The disk is full.' }) }))
  expect(model.tooltip).toBe('Engineroom: engine has failed')
  expect(lines(model.items)).toContain('The disk is full.')
})

describe('the engine is started', () => {
  test.each([
    ['stopped', true, true],
    ['failed', true, true],
    ['running', true, false],
    ['starting', true, false],
    ['stopped', false, false],
  ] as const)('%s, may start %s: %s', (state, canStart, isOffered) => {
    expect(linesOf({ host: someStatus({ state, canStart }) }).includes('Start the engine')).toBe(isOffered)
  })
})

describe('containers', () => {
  test('each with what can be done with it, and where its ports lead', () => {
    expect(linesOf({ containers: [container('db', { isPaused: true }), container('web', { ports: [80, 8080] })] }).slice(1, -2)).toEqual([
      'Engine is running: 2 containers, 1 paused',
      'Restart the engine (containers go on)',
      'db (paused)',
      '  Show',
      '  Resume',
      '  Restart',
      '  Stop',
      'web',
      '  Show',
      '  Open localhost:80',
      '  Open localhost:8080',
      '  Pause',
      '  Restart',
      '  Stop',
    ])
  })

  test('several at once are paused together', () => {
    const { items } = trayModel(facts({ containers: [container('a'), container('b'), container('c', { isPaused: true })] }))
    expect(items).toContainEqual({ kind: 'action', text: 'Pause all containers', action: { kind: 'containers', ids: ['id-a', 'id-b'], deed: 'pause' } })
    expect(lines(items)).not.toContain('Resume all that are paused')
  })

  test('many are not all in the menu', () => {
    const many = Array.from({ length: 40 }, (_, index) => container(`c${index}`))
    const menus = trayModel(facts({ containers: many })).items.filter(({ kind }) => kind === 'menu')
    expect(menus).toHaveLength(12)
    expect(linesOf({ containers: many })).toContain('28 more …')
  })
})

test('recent errors lead to their container', () => {
  const atMs = new Date(2026, 10, 28, 14, 32).getTime()
  const { items } = trayModel(facts({ endings: [{ id: 'id-web', name: 'web', exitCode: 3, atMs }] }))
  expect(items).toContainEqual({ kind: 'action', text: 'web ended with exit code 3, at 14:32', action: { kind: 'open', container: 'id-web' } })
})
