import { FuseV1Options } from '@electron/fuses'
import { FUSES } from '../desktop-tree.ts'

/** electron-builder itself, and the library of it that has the schema of its configuration: of one version. */
export const BUILDER_VERSION = '26.17.0'

/** What electron-builder fills in. */
const filledIn = (word: string) => `\${${word}}`

/** A folder or file beside the app's, and where it goes. */
interface FileSet {
  readonly from: string
  readonly to: string
}

/** What we say of electron-builder's configuration. A test holds it against its own schema, which has some two hundred keys more. */
export interface BuilderConfiguration {
  readonly appId: string
  readonly productName: string
  readonly artifactName: string
  readonly electronVersion: string
  readonly electronDist?: string
  readonly electronLanguages: readonly string[]
  readonly electronFuses: Readonly<Record<string, boolean>>
  readonly directories: { readonly app: string; readonly buildResources: string; readonly output: string }
  readonly files: readonly string[]
  readonly asar: boolean
  readonly npmRebuild: boolean
  readonly publish: null
  readonly mac: {
    readonly target: readonly string[]
    readonly category: string
    readonly icon: string
    readonly minimumSystemVersion: string
    readonly hardenedRuntime: boolean
    readonly gatekeeperAssess: boolean
    readonly entitlements: string
    readonly entitlementsInherit: string
    readonly extraFiles: readonly FileSet[]
  }
  readonly dmg: { readonly title: string; readonly writeUpdateInfo: boolean }
  readonly win: { readonly target: readonly string[]; readonly icon: string; readonly extraResources: readonly FileSet[] }
  readonly nsis: {
    readonly oneClick: boolean
    readonly perMachine: boolean
    readonly allowToChangeInstallationDirectory: boolean
    readonly deleteAppDataOnUninstall: boolean
    readonly differentialPackage: boolean
    readonly license: string
    readonly include: string
  }
}

/** Files of ours that it names, from this folder: they lie in `resources/` beside the app. */
export const RESOURCES = ['mac/entitlements.plist', 'mac/invalid.engineroom.vm.plist', 'windows/at-boot.xml', 'windows/installer.nsh'] as const

/**
 * What electron-builder is told, for macOS and Windows alike; system and processor are named on its command line.
 * @param electron its version, and the folder of one where it is not to be downloaded
 * @param output gets the packages
 */
export function builderConfiguration(electron: { readonly version: string; readonly dist?: string }, output: string): BuilderConfiguration {
  return {
    appId: 'invalid.engineroom',
    productName: 'Engineroom',
    artifactName: `engineroom-${filledIn('version')}-${filledIn('os')}-${filledIn('arch')}.${filledIn('ext')}`,
    electronVersion: electron.version,
    ...(electron.dist !== undefined && { electronDist: electron.dist }),
    electronLanguages: ['en', 'en-US'],
    electronFuses: {
      runAsNode: FUSES[FuseV1Options.RunAsNode],
      enableNodeOptionsEnvironmentVariable: FUSES[FuseV1Options.EnableNodeOptionsEnvironmentVariable],
      enableNodeCliInspectArguments: FUSES[FuseV1Options.EnableNodeCliInspectArguments],
      loadBrowserProcessSpecificV8Snapshot: FUSES[FuseV1Options.LoadBrowserProcessSpecificV8Snapshot],
      grantFileProtocolExtraPrivileges: FUSES[FuseV1Options.GrantFileProtocolExtraPrivileges],
    },
    directories: { app: 'app', buildResources: 'resources', output },
    files: ['**/*'],
    // As on Linux: other programs read in it, Node and QEMU among them.
    asar: false,
    npmRebuild: false,
    // What windows are told of a release is signed, and electron-builder's would not be (decision 51).
    publish: null,
    mac: {
      target: ['dmg', 'zip'],
      category: 'public.app-category.developer-tools',
      icon: 'resources/icon.icns',
      // Electron's own, since 44.
      minimumSystemVersion: '13.0',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: 'resources/mac/entitlements.plist',
      // Node needs the first, a QEMU in the package both.
      entitlementsInherit: 'resources/mac/entitlements.plist',
      extraFiles: [{ from: 'resources/mac/invalid.engineroom.vm.plist', to: 'Library/LaunchDaemons/invalid.engineroom.vm.plist' }],
    },
    dmg: { title: 'Engineroom', writeUpdateInfo: false },
    win: { target: ['nsis'], icon: 'resources/icon.ico', extraResources: [{ from: 'resources/windows/at-boot.xml', to: 'at-boot.xml' }] },
    nsis: {
      oneClick: false,
      // The virtual machine is a person's own, and so is what runs it: no administrator is asked.
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      deleteAppDataOnUninstall: false,
      differentialPackage: false,
      license: 'resources/LICENSE.txt',
      include: 'resources/windows/installer.nsh',
    },
  }
}
