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
    '--vm=default',
    '--vm-command=["/e","vm"]',
    '--engine-host=vm',
  ]
  expect(desktopOptions(args)).toEqual({
    engineSocket: '/run/e.sock',
    engineCommand: ['/e', 'daemon', '-D'],
    vm: { name: 'default', command: ['/e', 'vm'] },
    engineHost: 'vm',
    firstEngineHost: undefined,
    systemSocket: '/var/run/docker.sock',
    inTray: false,
  })
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

test('has no virtual machine unless it is told how one is started, and looks where a person chose', () => {
  expect(desktopOptions(['--engine-socket=/run/e.sock', '--vm=default'])).toMatchObject({ vm: undefined, engineHost: undefined })
  expect(() => desktopOptions(['--engine-socket=/run/e.sock', '--engine-host=moon'])).toThrow('native or vm')
})
