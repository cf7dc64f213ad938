import { Menu, type MenuItemConstructorOptions } from 'electron'

/** What a person expects of any window: copy and paste by key, zoom, full screen. */
export function createMenu(platform: NodeJS.Platform): Menu {
  const first: MenuItemConstructorOptions =
    platform === 'darwin' ? { role: 'appMenu' } : { label: '&Engineroom', submenu: [{ role: 'close' }, { type: 'separator' }, { role: 'quit' }] }
  const template: MenuItemConstructorOptions[] = [
    first,
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { role: 'reload' },
        { role: 'toggleDevTools' },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ]
  return Menu.buildFromTemplate(template)
}
