import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Schema from 'typebox/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAppTree } from '../../../build/packages/other-systems/app-tree.ts'
import { BUILDER_VERSION, builderConfiguration } from '../../../build/packages/other-systems/configuration.ts'
import { ROOT } from '../../../build/packages/shipped.ts'
import { readAssets } from '../../../electron/hosts/vm/assets.ts'
import { ownArch } from '../../../vm-assets/arch.ts'
import { runTool } from '../../../vm-assets/run-tool.ts'
import { run } from '../../harness/run.ts'

/** The library of electron-builder that has its schema, as npm's registry had it when we chose it. */
const LIBRARY = `app-builder-lib@${BUILDER_VERSION}`
const INTEGRITY = 'sha512-wfL7EhujuODDW3uMSD8RPcr/MLzmT0dmpVfWV0wFUWXI0rIdaukzAJ7EFUSyHXOpxuBZqaIGlQt6VeQhtHhetw=='

/** What electron-builder's own script brings, around ours. */
const INSTALLER = `Unicode true
!include LogicLib.nsh
!define isUpdated '"a" == "b"'
!include resources/windows/installer.nsh
Name Engineroom
OutFile installer.exe
Section
  WriteUninstaller "$INSTDIR\\uninstall.exe"
SectionEnd
Function un.onInit
  !insertmacro customUnInit
FunctionEnd
Section un.Install
  !insertmacro customUnInstall
SectionEnd
`

const SYSTEMS = ['mac', 'windows'] as const
const configuration = builderConfiguration({ version: '45.0.0', dist: '/electron' }, '/out')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-other-'))
  await runTool(join(ROOT, 'engineroom'), ['vm', 'build', '--out', join(folder, 'image')])
  // Our own Node stands in for those of other systems: so the app's folder can be tried here.
  const brought = { node: process.execPath, vmImage: join(folder, 'image') }
  for (const system of SYSTEMS) await makeAppTree(join(folder, system), { system, arch: ownArch() }, brought)
})
afterAll(() => rm(folder, { recursive: true }))

test('electron-builder’s own schema knows every word of the configuration', async () => {
  const packed = JSON.parse(String(await runTool('npm', ['pack', LIBRARY, '--json', '--ignore-scripts', '--pack-destination', folder], { env: process.env })))
  expect(packed).toMatchObject([{ integrity: INTEGRITY }])
  const text = await runTool('tar', ['-xzOf', join(folder, `app-builder-lib-${BUILDER_VERSION}.tgz`), 'package/scheme.json'])
  const schema = Schema.Compile(JSON.parse(String(text)))
  expect(schema.Errors(configuration)).toEqual([true, []])
  expect(schema.Check({ ...configuration, mac: { ...configuration.mac, hardenedRuntimes: true } })).toBe(false)
})

test.each(SYSTEMS)('what it names for %s is there', (system) => {
  const { app, buildResources } = configuration.directories
  const { icon, entitlements, entitlementsInherit, extraFiles } = configuration.mac
  const ofSystem = {
    mac: [icon, entitlements, entitlementsInherit, ...extraFiles.map(({ from }) => from)],
    windows: [configuration.win.icon, configuration.nsis.license, configuration.nsis.include, ...configuration.win.extraResources.map(({ from }) => from)],
  }[system]
  for (const name of [app, buildResources, ...ofSystem]) expect(existsSync(join(folder, system, name)), name).toBe(true)
})

test.each(SYSTEMS)('the app for %s is laid out so that its parts find each other', async (system) => {
  const app = join(folder, system, 'app')
  const manifest: { main: string } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'))
  expect((await stat(join(app, manifest.main))).isFile()).toBe(true)
  expect((await stat(join(app, 'dist/renderer/index.html'))).isFile()).toBe(true)
  expect((await stat(join(app, 'dist/electron/first-image.tar'))).size).toBeGreaterThan(0)
  // Each byte of kernel, initrd and root image.
  await expect(readAssets(join(app, 'vm-image'), 'digests')).resolves.toMatchObject({ arch: ownArch().name })
  const node = join(app, 'node', system === 'windows' ? 'node.exe' : 'node')
  const home = { ENGINEROOM_HOME: join(folder, 'home') }
  expect(await run(node, [join(app, 'dist/vm/main.mjs'), 'status'], { env: home })).toMatchObject({ code: 3, stderr: '' })
  expect((await run(node, [join(app, 'dist/cli/main.mjs'), '--version'])).stdout).toContain('Engineroom version')
})

test('a Mac’s launcher runs the client and the virtual machine’s commands', async () => {
  const launcher = join(folder, 'mac/app/engineroom')
  const env = { ENGINEROOM_HOME: join(folder, 'home'), DOCKER_HOST: undefined }
  expect((await run(launcher, ['--version'])).stdout).toContain('Engineroom version')
  expect(await run(launcher, ['vm', 'status'], { env })).toMatchObject({ code: 3, stderr: '' })
  expect((await run(launcher, ['ps'], { env })).stderr).toContain(`unix://${folder}/home/run/docker.sock`)
  expect((await run(launcher, ['vm', 'build'])).stderr).toContain('has the image made')
  expect((await run(launcher, ['daemon'])).stderr).toContain('runs on Linux')
})

test('property lists and the task can be read, and start what the package has', async () => {
  const read = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))'
  const plist = async (name: string): Promise<unknown> => JSON.parse(String(await runTool('python3', ['-c', read, join(folder, 'mac/resources/mac', name)])))
  expect(await plist('entitlements.plist')).toEqual({ 'com.apple.security.cs.allow-jit': true, 'com.apple.security.hypervisor': true })
  expect(await plist('invalid.engineroom.vm.plist')).toMatchObject({
    ProgramArguments: ['/Applications/Engineroom.app/Contents/Resources/app/engineroom', 'vm', 'start'],
    AbandonProcessGroup: true,
    RunAtLoad: true,
    UserName: 'PERSON',
  })
  const words = 'import sys, xml.etree.ElementTree as t; r = t.parse(sys.argv[1]); print(*(r.findtext(p) for p in sys.argv[2:]), sep="|")'
  const paths = ['.//{*}Exec/{*}Command', './/{*}BootTrigger/{*}Enabled', './/{*}LogonType']
  const task = String(await runTool('python3', ['-c', words, join(folder, 'windows/resources/windows/at-boot.xml'), ...paths]))
  expect(task.trim()).toBe('"%LOCALAPPDATA%\\Programs\\Engineroom\\resources\\app\\engineroom.cmd"|true|S4U')
})

test('NSIS takes our part of the installer', async () => {
  const script = join(folder, 'windows/installer.nsi')
  await writeFile(script, INSTALLER)
  expect(await run('makensis', ['-WX', '-NOCD', script], { cwd: join(folder, 'windows') })).toMatchObject({ code: 0 })
})
