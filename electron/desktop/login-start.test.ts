import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { execLine, type LoginItems, loginStart } from './login-start.ts'

/** Electron's app, as far as it keeps login items. */
class FakeApp implements LoginItems {
  readonly set: object[] = []
  #openAtLogin = false

  getLoginItemSettings(): { openAtLogin: boolean } {
    return { openAtLogin: this.#openAtLogin }
  }

  setLoginItemSettings(settings: { openAtLogin: boolean; path?: string; args?: string[] }): void {
    this.set.push(settings)
    this.#openAtLogin = settings.openAtLogin
  }
}

let configFolder: string
let app: FakeApp
beforeEach(async () => {
  configFolder = await mkdtemp(join(tmpdir(), 'er-unit-'))
  app = new FakeApp()
})
afterEach(() => rm(configFolder, { recursive: true }))

const start = (platform: NodeJS.Platform) => loginStart({ platform, app, command: ['/opt/Engine room/app', '--in-tray'], configFolder })

test.each(['linux', 'darwin', 'win32'] as const)('%s: on and off', (platform) => {
  expect(start(platform).isOn()).toBe(false)
  start(platform).set(true)
  expect(start(platform).isOn()).toBe(true)
  start(platform).set(false)
  start(platform).set(false)
  expect(start(platform).isOn()).toBe(false)
})

test('Windows is told the whole command, a Mac nothing', () => {
  start('win32').set(true)
  start('darwin').set(true)
  expect(app.set).toEqual([{ openAtLogin: true, path: '/opt/Engine room/app', args: ['--in-tray'] }, { openAtLogin: true }])
})

describe('on Linux', () => {
  const path = () => join(configFolder, 'autostart/engineroom.desktop')

  test('it is a file of the autostart folder', () => {
    start('linux').set(true)
    expect(readFileSync(path(), 'utf8')).toContain('\nExec="/opt/Engine room/app" "--in-tray"\n')
  })

  test.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])('what the desktop has switched off by %s is off', (line) => {
    mkdirSync(join(configFolder, 'autostart'))
    writeFileSync(path(), `[Desktop Entry]\n${line}\n`)
    expect(start('linux').isOn()).toBe(false)
  })

  test('every word arrives as it is, through both kinds of quotes', () => {
    expect(execLine(['/a b', '--engine-command=["/e","d$x"]', '50%', 'back\\slash'])).toBe(
      String.raw`"/a b" "--engine-command=[\\"/e\\",\\"d\\$x\\"]" "50%%" "back\\\\slash"`,
    )
  })
})
