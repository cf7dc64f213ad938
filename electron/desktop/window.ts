import { BrowserWindow, nativeImage, nativeTheme } from 'electron'
import iconUrl from '../assets/icon.png'
import { START_PAGE } from '../forward/origin.ts'

/** The page's own background, `--hull` of its tokens, so that nothing flashes before its first paint. */
const HULL = { dark: '#0b1113', light: '#e9eeeb' }

/** The main window, shown when its first picture is ready. @param hash the place in the page that it opens at */
export function createWindow(preloadPath: string, hash = ''): BrowserWindow {
  const window = new BrowserWindow({
    width: 1240,
    height: 800,
    minWidth: 760,
    minHeight: 480,
    show: false,
    title: 'Engineroom',
    icon: nativeImage.createFromDataURL(iconUrl),
    backgroundColor: nativeTheme.shouldUseDarkColors ? HULL.dark : HULL.light,
    autoHideMenuBar: true,
    webPreferences: { preload: preloadPath, sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false, spellcheck: false },
  })
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${START_PAGE}${hash}`)
  return window
}
