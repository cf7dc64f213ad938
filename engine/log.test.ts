import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Log } from './log.ts'

let written: string
beforeEach(() => {
  written = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

it('hides what is secret in what others said, on standard error and in what it remembers', () => {
  const log = new Log('info')
  log.warn('no answer of https://me:pass1@mirror.example/v2', { port: 5000, error: 'said {"password":"pass2"}', entry: { token: 'pass3' }, from: undefined })
  expect(written).toMatch(
    /^time="[^"]+" level=warn msg="no answer of https:\/\/\(hidden\)@mirror\.example\/v2" port=5000 error="said \{\\"password\\":\\"\(hidden\)\\"\}" entry=\{"token":"\(hidden\)"\} from=undefined\n$/,
  )
  expect(log.memory.last()).toMatchObject([
    { id: 1, level: 'warn', message: 'no answer of https://(hidden)@mirror.example/v2', fields: { port: '5000', entry: '{"token":"(hidden)"}' } },
  ])
})

it('remembers nothing below its level', () => {
  const log = new Log('warn')
  log.info('quiet')
  log.level = 'info'
  log.info('told')
  expect(log.memory.last().map(({ message }) => message)).toEqual(['told'])
  expect(written).not.toContain('quiet')
})
