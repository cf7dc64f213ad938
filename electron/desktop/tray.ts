import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron'
import trayUrl from '../assets/tray.png'
import type { TrayAction, TrayItem, TrayModel } from './tray-model.ts'

/** The model on the desktop's tray area, where there is one. */
export class DesktopTray {
  readonly #tray = new Tray(nativeImage.createFromDataURL(trayUrl))
  readonly #act: (action: TrayAction) => void

  constructor(act: (action: TrayAction) => void) {
    this.#act = act
    this.#tray.on('click', () => act('open'))
  }

  show({ tooltip, items }: TrayModel): void {
    this.#tray.setToolTip(tooltip)
    this.#tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => this.#entry(item))))
  }

  #entry(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' }
      case 'label':
        return { label: item.text, enabled: false }
      case 'action':
        return { label: item.text, click: () => this.#act(item.action) }
    }
  }
}
