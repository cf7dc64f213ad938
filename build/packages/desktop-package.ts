import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { say } from '../talk.ts'
import { makeDesktopTree } from './desktop-tree.ts'
import { documents, plainDocuments } from './documents.ts'
import { ENGINE_PACKAGE } from './engine-package.ts'
import { licences } from './licences.ts'
import { packDebian } from './pack-debian.ts'
import { libraryOf64Bits, packRpm } from './pack-rpm.ts'
import type { Making, PackageOptions, PackedFile } from './package-tree.ts'
import { publicPem, releaseKey } from './release-key.ts'
import { ROOT, readLock, shippedWithDesktop } from './shipped.ts'

export const DESKTOP_PACKAGE = 'engineroom'

const SOURCES = new URL('desktop-debian/', import.meta.url)
const FOLDER = 'usr/lib/engineroom/desktop'
/** Beside the window's program, by which it knows what of. @see electron/updates/installation.ts */
const NOTES = `${FOLDER}/resources/app/dist/electron`

/** What Electron's program and its libraries are linked with. */
const LIBRARIES = 'libc6 (>= 2.28), libgtk-3-0, libnss3, libasound2, libgbm1, libxss1, libnotify4, libxtst6, libsecret-1-0, xdg-utils'

/** The same, as Fedora and those after it call it; libraries by their own names, which all distributions with RPM know. */
// biome-ignore format: a list of names
const REQUIRES = ['glibc >= 2.28', 'gtk3', 'nss', ...['libasound.so.2', 'libgbm.so.1', 'libXss.so.1', 'libnotify.so.4', 'libXtst.so.6', 'libsecret-1.so.0'].map(libraryOf64Bits), 'xdg-utils']

/** Of what Electron is made is told by files that it brings; the first container's image is not npm's. */
const NOT_OF_NPM = `Electron and Chromium: see LICENSE.electron.txt and LICENSES.chromium.html in /${FOLDER}.\n\nBusyBox, in first-image.tar: GPL-2.0, as Debian's busybox-static has it; its sources: https://sources.debian.org/src/busybox/\n\n${'-'.repeat(80)}\n\n`

const SUMMARY = 'window of a container engine that speaks the Docker Engine API'
const DESCRIPTION = 'Containers, images, networks and volumes of this computer, live.'

/** Where both kinds of packages have it. */
const INSTALLED = {
  name: DESKTOP_PACKAGE,
  fill: (tree: string) => makeDesktopTree(join(tree, FOLDER), say),
  setuid: [`${FOLDER}/chrome-sandbox`],
}

/**
 * Makes the Debian package of the window, which the one of the engine has to be installed with.
 * @param folder gets it
 * @returns its path
 */
export function makeDesktopPackage(folder: string, options: PackageOptions): Promise<string> {
  const desktop = {
    ...INSTALLED,
    files: async (making: Making) => [
      ...(await desktopFiles('deb', making)),
      { path: `usr/share/lintian/overrides/${DESKTOP_PACKAGE}`, content: await readFile(new URL('overrides', SOURCES)) },
      ...(await documents(DESKTOP_PACKAGE, making, await licencesOfOthers())),
    ],
    fields: ({ version }: Making) => ({
      Depends: `${ENGINE_PACKAGE} (= ${version}), ${LIBRARIES}`,
      // By which the window's "Install" asks for the administrator's password.
      Suggests: 'pkexec | policykit-1',
      Section: 'admin',
      Priority: 'optional',
      Description: `${SUMMARY}\n ${DESCRIPTION}`,
    }),
  }
  return packDebian(folder, desktop, options)
}

/** The same for distributions with RPM. */
export function makeDesktopRpm(folder: string, options: PackageOptions): Promise<string> {
  const documentation = `usr/share/doc/${DESKTOP_PACKAGE}`
  const desktop = {
    ...INSTALLED,
    files: async (making: Making) => [...(await desktopFiles('rpm', making)), ...(await plainDocuments(`${documentation}/`, await licencesOfOthers()))],
    summary: SUMMARY[0]?.toUpperCase() + SUMMARY.slice(1),
    description: DESCRIPTION,
    requires: ({ version }: Making) => [`${ENGINE_PACKAGE} = ${version}`, ...REQUIRES],
    own: [FOLDER, documentation],
  }
  return packRpm(folder, desktop, options)
}

async function desktopFiles(format: 'deb' | 'rpm', { arch }: Making): Promise<PackedFile[]> {
  const icons = 'usr/share/icons/hicolor'
  const policy = await readFile(new URL('polkit.policy', SOURCES), 'utf8')
  return [
    { path: `${FOLDER}/start`, content: await readFile(new URL('start', SOURCES)), isProgram: true },
    { path: `${NOTES}/package-type`, content: `${format}\n` },
    ...(await releaseKeyFiles()),
    { path: 'usr/share/polkit-1/actions/invalid.engineroom.policy', content: policy.replace('@ARCH@', arch.npm) },
    { path: 'usr/share/applications/engineroom.desktop', content: await readFile(new URL('engineroom.desktop', SOURCES)) },
    { path: `${icons}/256x256/apps/engineroom.png`, content: await readFile(join(ROOT, 'electron/assets/icon.png')) },
    { path: `${icons}/scalable/apps/engineroom.svg`, content: await readFile(join(ROOT, 'electron/assets/icon.svg')) },
  ]
}

/** Without a key of those who make it, a package looks for no newer ones. */
async function releaseKeyFiles(): Promise<PackedFile[]> {
  const key = await releaseKey()
  return key ? [{ path: `${NOTES}/release-key.pem`, content: publicPem(key) }] : []
}

async function licencesOfOthers(): Promise<string> {
  return NOT_OF_NPM + (await licences(shippedWithDesktop(await readLock())))
}
