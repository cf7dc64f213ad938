import { expect, it } from 'vitest'
import type { EngineLogEntry, LogLevel } from '../api/engine-log.ts'
import { EngineLog } from './engine-log.ts'

const entry = (id: number, level: LogLevel, message: string, fields: EngineLogEntry['fields'] = []): EngineLogEntry => ({
  id,
  time: `2026-08-01T10:00:0${id}.000Z`,
  level,
  message,
  fields,
})

it('is read line by line, fields behind what was said', () => {
  const log = new EngineLog()
  log.add(entry(1, 'info', 'API listen on unix:///run/x'))
  log.add(
    entry(2, 'warn', 'a log could\nnot be rotated', [
      ['container', 'c0ffee'],
      ['error', 'no space left'],
    ]),
  )
  expect(log.text()).toBe(
    '2026-08-01T10:00:01.000Z info  API listen on unix:///run/x\n2026-08-01T10:00:02.000Z warn  a log could not be rotated container=c0ffee error="no space left"\n',
  )
  expect(log.snapshot().flatMap(({ lines }) => lines.map(({ source, time }) => [source, time]))).toEqual([
    ['stdout', '2026-08-01T10:00:01.000Z'],
    ['stderr', '2026-08-01T10:00:02.000Z'],
  ])
})

it('shows what is bad enough and has the pattern in it, also of what comes later', () => {
  const log = new EngineLog()
  log.add(entry(1, 'info', 'mirror passed over'))
  log.add(entry(2, 'error', 'mirror refused'))
  log.filter('warn', /mirror/)
  log.add(entry(3, 'error', 'another thing'))
  log.add(entry(4, 'fatal', 'no mirror'))
  expect(log.text().match(/mirror refused|another thing|no mirror|passed over/g)).toEqual(['mirror refused', 'no mirror'])
  log.filter('debug', undefined)
  expect(log.text().split('\n')).toHaveLength(5)
})

it('an engine that is asked again tells the same again: once is enough; one that was started anew counts from one', () => {
  const log = new EngineLog()
  log.add(entry(1, 'info', 'first'))
  log.add(entry(1, 'info', 'first'))
  log.add({ ...entry(1, 'info', 'of the next start'), time: '2026-08-01T11:00:00.000Z' })
  expect(log.text().match(/first|next/g)).toEqual(['first', 'next'])
})
