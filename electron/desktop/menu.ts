import { Menu, type MenuItemConstructorOptions } from 'electron'
import { say } from '../text/say.ts'

/** What a person expects of any window: copy and paste by key, zoom, full screen. */
export function createMenu(platform: NodeJS.Platform): Menu {
  const first: MenuItemConstructorOptions =
    platform === 'darwin'
      ? { role: 'appMenu' }
      : { label: '&Engineroom', submenu: [{ role: 'close', label: say('Close') }, { type: 'separator' }, { role: 'quit', label: say('Quit') }] }
  const template: MenuItemConstructorOptions[] = [
    first,
    {
      label: `&${say('Edit')}`,
      submenu: [
        { role: 'undo', label: say('Undo') },
        { role: 'redo', label: say('Redo') },
        { type: 'separator' },
        { role: 'cut', label: say('Cut') },
        { role: 'copy', label: say('Copy') },
        { role: 'paste', label: say('Paste') },
        { role: 'delete', label: say('Delete') },
        { type: 'separator' },
        { role: 'selectAll', label: say('Select all') },
      ],
    },
    {
      label: `&${say('View')}`,
      submenu: [
        { role: 'reload', label: say('Reload') },
        { role: 'toggleDevTools', label: say('Developer tools') },
        { type: 'separator' },
        { role: 'resetZoom', label: say('Actual size') },
        { role: 'zoomIn', label: say('Zoom in') },
        { role: 'zoomOut', label: say('Zoom out') },
        { type: 'separator' },
        { role: 'togglefullscreen', label: say('Full screen') },
      ],
    },
    {
      role: 'window',
      label: `&${say('Window')}`,
      submenu: [
        { role: 'minimize', label: say('Minimise') },
        { role: 'close', label: say('Close') },
      ],
    },
  ]
  return Menu.buildFromTemplate(template)
}
