import { expect, test } from 'vitest'
import { asPackaged } from './as-packaged.ts'
import { desktopOptions } from './options.ts'

test('on a Mac a click opens the window of the virtual machine, and finds the QEMU that came along before any other', () => {
  const programFolder = '/Applications/Engineroom.app/Contents/Resources/app'
  const { args, path } = asPackaged({ args: ['--in-tray'], path: '/usr/bin:/bin' }, { platform: 'darwin', programFolder })
  expect(desktopOptions(args)).toMatchObject({
    engineSocket: expect.stringMatching(/\/\.engineroom\/run\/docker\.sock$/),
    vm: { name: 'default', command: [`${programFolder}/node/node`, `${programFolder}/dist/vm/main.mjs`] },
    engineHost: undefined,
    firstEngineHost: 'vm',
    inTray: true,
  })
  expect(path).toBe(`${programFolder}/qemu:/usr/bin:/bin:/opt/homebrew/bin:/opt/local/bin:/usr/local/bin`)
})

test('on Windows its engine is behind a pipe', () => {
  const { args, path } = asPackaged({ args: [], path: undefined }, { platform: 'win32', programFolder: 'C:\\E\\resources\\app' })
  expect(desktopOptions(args)).toMatchObject({
    engineSocket: '\\\\.\\pipe\\engineroom-default-docker',
    vm: { command: ['C:\\E\\resources\\app\\node\\node.exe', 'C:\\E\\resources\\app\\dist\\vm\\main.mjs'] },
  })
  expect(path).toBe('C:\\E\\resources\\app\\qemu;C:\\Program Files\\qemu')
})

test.each(['linux', 'darwin', 'win32'] as const)('what a launcher says on %s holds as it is', (platform) => {
  const told = { args: ['--engine-socket=/run/e.sock'], path: '/usr/bin' }
  expect(asPackaged(told, { platform, programFolder: '/p' })).toEqual(told)
})
