import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron'
import trayUrl from '../assets/tray.png'
import alertUrl from '../assets/tray-alert.png'
import offUrl from '../assets/tray-off.png'
import type { TrayAction, TrayItem, TrayModel } from './tray-model.ts'

const PICTURES = { on: trayUrl, off: offUrl, alert: alertUrl } satisfies Record<TrayModel['face'], string>

/** The model on the desktop's tray area, where there is one. */
export class DesktopTray {
  readonly #tray = new Tray(nativeImage.createFromDataURL(PICTURES.off))
  readonly #act: (action: TrayAction) => void
  #face: TrayModel['face'] = 'off'

  constructor(act: (action: TrayAction) => void) {
    this.#act = act
    this.#tray.on('click', () => act({ kind: 'open' }))
  }

  show({ tooltip, face, items }: TrayModel): void {
    if (face !== this.#face) this.#tray.setImage(nativeImage.createFromDataURL(PICTURES[face]))
    this.#face = face
    this.#tray.setToolTip(tooltip)
    this.#tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => this.#entry(item))))
  }

  #entry(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' }
      case 'label':
        return { label: labelOf(item.text), enabled: false }
      case 'menu':
        return { label: labelOf(item.text), submenu: item.items.map((one) => this.#entry(one)) }
      case 'choice':
        return { label: labelOf(item.text), type: 'checkbox', checked: item.isOn, click: () => this.#act(item.action) }
      case 'action':
        return { label: labelOf(item.text), click: () => this.#act(item.action) }
    }
  }
}

/** An ampersand by itself would underline the letter after it. */
function labelOf(text: string): string {
  return text.replaceAll('&', '&&')
}
