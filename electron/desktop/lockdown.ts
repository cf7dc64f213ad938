import { type Session, shell, type WebContents } from 'electron'
import { isOwnUrl, isWebAddress } from '../forward/origin.ts'

/** The page may put text where the person asked it to; everything else that a browser can grant is refused. */
const PERMISSIONS = ['clipboard-sanitized-write']

/** Keeps a page where it is: no other address, no other window, no embedded browser. Web links go to the person's browser. */
export function lockDown(contents: WebContents): void {
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isOwnUrl(event.url)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (isWebAddress(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** Refuses what pages can ask of a browser: camera, location, notifications, devices … */
export function refusePermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(PERMISSIONS.includes(permission)))
  session.setPermissionCheckHandler((_contents, permission) => PERMISSIONS.includes(permission))
  session.setDevicePermissionHandler(() => false)
}
