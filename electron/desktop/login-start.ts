import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../errors.ts'

/** Whether the app opens when the person logs in. */
export interface LoginStart {
  isOn(): boolean
  set(isOn: boolean): void
}

/** The part of Electron's app that this needs. */
export interface LoginItems {
  getLoginItemSettings(options?: { path?: string; args?: string[] }): { readonly openAtLogin: boolean }
  setLoginItemSettings(settings: { openAtLogin: boolean; path?: string; args?: string[] }): void
}

export interface LoginStartParts {
  readonly platform: NodeJS.Platform
  readonly app: LoginItems
  /** What starts the app: the program, then its arguments. */
  readonly command: readonly [string, ...string[]]
  /** `~/.config`, on Linux. */
  readonly configFolder: string
}

/** As each system has it: a file in autostart on Linux, a login item on a Mac, a key of the registry on Windows. */
export function loginStart({ platform, app, command, configFolder }: LoginStartParts): LoginStart {
  const [path, ...args] = command
  switch (platform) {
    case 'darwin':
      return { isOn: () => app.getLoginItemSettings().openAtLogin, set: (isOn) => app.setLoginItemSettings({ openAtLogin: isOn }) }
    case 'win32':
      return { isOn: () => app.getLoginItemSettings({ path, args }).openAtLogin, set: (isOn) => app.setLoginItemSettings({ openAtLogin: isOn, path, args }) }
    default:
      return new Autostart(join(configFolder, 'autostart'), command)
  }
}

/** @see Desktop Application Autostart Specification 0.5 */
class Autostart implements LoginStart {
  readonly #folder: string
  readonly #command: readonly string[]

  constructor(folder: string, command: readonly string[]) {
    this.#folder = folder
    this.#command = command
  }

  /** Desktops let people switch an entry off without removing it. */
  isOn(): boolean {
    try {
      return !/^(Hidden=true|X-GNOME-Autostart-enabled=false)\s*$/m.test(readFileSync(this.#path, 'utf8'))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  set(isOn: boolean): void {
    if (!isOn) return rmSync(this.#path, { force: true })
    mkdirSync(this.#folder, { recursive: true })
    const lines = ['[Desktop Entry]', 'Type=Application', 'Name=Engineroom', 'Icon=engineroom', `Exec=${execLine(this.#command)}`, 'Terminal=false']
    writeFileSync(this.#path, `${lines.join('\n')}\n`)
  }

  get #path(): string {
    return join(this.#folder, 'engineroom.desktop')
  }
}

/** @see Desktop Entry Specification 1.5, "The Exec key": quoted once as an argument, once more as a string of the file */
export function execLine(command: readonly string[]): string {
  return command.map((word) => `"${word.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`.replaceAll('\\', '\\\\')).join(' ')
}
