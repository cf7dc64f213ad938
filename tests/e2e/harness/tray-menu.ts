import type { Menu, MenuItem } from 'electron'
import { until } from '../../harness/until.ts'
import type { Desktop } from './desktop.ts'

type Noted = typeof globalThis & { trayMenu?: Menu }

/** The tray's menu as Electron has it: a private display has no tray area that would draw it. */
export class TrayMenu {
  readonly #desktop: Desktop

  /** From now on each menu that is built is noted; no other part of the app builds any once it runs. */
  static async of(desktop: Desktop): Promise<TrayMenu> {
    await desktop.app.evaluate(({ Menu }) => {
      const build = Menu.buildFromTemplate
      Menu.buildFromTemplate = (template) => {
        const menu = build(template)
        Object.assign(globalThis, { trayMenu: menu })
        return menu
      }
    })
    return new TrayMenu(desktop)
  }

  private constructor(desktop: Desktop) {
    this.#desktop = desktop
  }

  /** As one reads it, what opens to the side indented. */
  lines(): Promise<string[]> {
    return this.#desktop.app.evaluate(() => {
      const read = (items: readonly MenuItem[], indent: string): string[] =>
        items.flatMap(({ type, label, checked, submenu }) =>
          type === 'separator' ? [] : [`${indent}${checked ? '✓ ' : ''}${label}`, ...(submenu ? read(submenu.items, `${indent}  `) : [])],
        )
      const { trayMenu }: Noted = globalThis
      return trayMenu ? read(trayMenu.items, '') : []
    })
  }

  async shows(wanted: string | RegExp): Promise<void> {
    const matches = (line: string) => (typeof wanted === 'string' ? line === wanted : wanted.test(line))
    await until(`${wanted} in the tray`, async () => (await this.lines()).some(matches))
  }

  async lacks(unwanted: string): Promise<void> {
    await until(`no ${unwanted} in the tray`, async () => !(await this.lines()).includes(unwanted))
  }

  /** Clicks an entry. @param path its label, those of the menus that it is in first */
  async choose(...path: string[]): Promise<void> {
    const isThere = await this.#desktop.app.evaluate((_electron, labels) => {
      const { trayMenu }: Noted = globalThis
      let menu: Menu | undefined = trayMenu
      let item: MenuItem | undefined
      for (const label of labels) {
        item = menu?.items.find((one) => one.label === label)
        menu = item?.submenu
      }
      item?.click()
      return item !== undefined
    }, path)
    if (!isThere) throw new Error(`The tray has no ${path.join(', ')}, but:\n${(await this.lines()).join('\n')}`)
  }
}
