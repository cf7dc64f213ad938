import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { say } from '../talk.ts'
import { makeDesktopTree } from './desktop-tree.ts'
import { documents } from './documents.ts'
import { ENGINE_PACKAGE } from './engine-package.ts'
import { licences } from './licences.ts'
import { type Making, type PackageOptions, type PackedFile, packDebian } from './pack-debian.ts'
import { ROOT, readLock, shippedWithDesktop } from './shipped.ts'

export const DESKTOP_PACKAGE = 'engineroom'

const SOURCES = new URL('desktop-debian/', import.meta.url)
const FOLDER = 'usr/lib/engineroom/desktop'

/** What Electron's program and its libraries are linked with. */
const LIBRARIES = 'libc6 (>= 2.28), libgtk-3-0, libnss3, libasound2, libgbm1, libxss1, libnotify4, libxtst6, libsecret-1-0, xdg-utils'

/** Of what Electron is made is told by files that it brings. */
const ELECTRON = `Electron and Chromium: see LICENSE.electron.txt and LICENSES.chromium.html in /${FOLDER}.\n\n${'-'.repeat(80)}\n\n`

/**
 * Makes the Debian package of the window, which the one of the engine has to be installed with.
 * @param folder gets it
 * @returns its path
 */
export function makeDesktopPackage(folder: string, options: PackageOptions): Promise<string> {
  const desktop = {
    name: DESKTOP_PACKAGE,
    fill: (tree: string) => makeDesktopTree(join(tree, FOLDER), say),
    files,
    links: {},
    setuid: [`${FOLDER}/chrome-sandbox`],
    fields: ({ version }: Making) => ({
      Depends: `${ENGINE_PACKAGE} (= ${version}), ${LIBRARIES}`,
      Section: 'admin',
      Priority: 'optional',
      Description: 'window of a container engine that speaks the Docker Engine API\n Containers, images, networks and volumes of this computer, live.',
    }),
  }
  return packDebian(folder, desktop, options)
}

async function files(making: Making): Promise<PackedFile[]> {
  const icons = 'usr/share/icons/hicolor'
  return [
    { path: `${FOLDER}/start`, content: await readFile(new URL('start', SOURCES)), isProgram: true },
    { path: 'usr/share/applications/engineroom.desktop', content: await readFile(new URL('engineroom.desktop', SOURCES)) },
    { path: `${icons}/256x256/apps/engineroom.png`, content: await readFile(join(ROOT, 'electron/assets/icon.png')) },
    { path: `${icons}/scalable/apps/engineroom.svg`, content: await readFile(join(ROOT, 'electron/assets/icon.svg')) },
    { path: `usr/share/lintian/overrides/${DESKTOP_PACKAGE}`, content: await readFile(new URL('overrides', SOURCES)) },
    ...(await documents(DESKTOP_PACKAGE, making, ELECTRON + (await licences(shippedWithDesktop(await readLock()))))),
  ]
}
