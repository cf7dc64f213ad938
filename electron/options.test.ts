import { expect, test } from 'vitest'
import { desktopOptions } from './options.ts'

test('finds our switches among those of Chromium and Node', () => {
  const args = [
    '--inspect=0',
    '--remote-debugging-port=0',
    '--no-sandbox',
    '/app/main.cjs',
    '--engine-socket=/run/e.sock',
    '--engine-command=["/e","daemon","-D"]',
  ]
  expect(desktopOptions(args)).toEqual({ engineSocket: '/run/e.sock', engineCommand: ['/e', 'daemon', '-D'] })
})

test('starts no engine unless it is told how', () => {
  expect(desktopOptions(['--engine-socket=/run/e.sock']).engineCommand).toBeUndefined()
})

test.each([[], ['--engine-socket'], ['--engine-socket=relative.sock']])('needs a socket: %j', (...args) => {
  expect(() => desktopOptions(args)).toThrow('--engine-socket=/PATH')
})

test.each(['[]', '"daemon"', '[1]', '{', '{}'])('refuses the engine command %s', (command) => {
  expect(() => desktopOptions(['--engine-socket=/run/e.sock', `--engine-command=${command}`])).toThrow()
})
