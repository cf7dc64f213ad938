import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import type { ContainerTab, View } from '../../../renderer/text/place.ts'
import { until } from '../../harness/until.ts'

const ARTIFACTS = fileURLToPath(new URL('../../artifacts/', import.meta.url))

/** What a person sees and does in our page; the same in the desktop's window and in a browser. */
export class Screen {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get(testId: string): Locator {
    return this.page.getByTestId(testId)
  }

  /** The row of a container; `state` waits for one that is in it. */
  container(name: string, state?: string): Locator {
    return this.page.locator(`[data-testid=container-row][data-name="${name}"]${state ? `[data-state="${state}"]` : ''}`)
  }

  image(name: string): Locator {
    return this.page.locator(`[data-testid=image-row][data-name="${name}"]`)
  }

  /** A setting of the engine's, by its key in daemon.json. */
  setting(key: string): Locator {
    return this.page.locator(`[data-testid=setting][data-key="${key}"]`)
  }

  async go(view: View): Promise<void> {
    await this.get(`nav-${view}`).click()
  }

  /** Opens a container's details on one of their tabs. */
  async open(name: string, tab: ContainerTab): Promise<void> {
    await this.go('containers')
    await this.container(name).click()
    await this.get(`tab-${tab}`).click()
  }

  /** What a part of the page shows: of a list that is drawn as one scrolls, what is drawn. */
  text(testId: string): Promise<string> {
    // biome-ignore lint/performance/useDomNodeTextContent: what counts is what a person sees, lines and all
    return this.get(testId).innerText()
  }

  /** Waits for a text in a part of the page, as it is shown. */
  async sees(testId: string, wanted: string | RegExp, timeoutMs = 20_000): Promise<void> {
    let shown = ''
    const isThere = async () => {
      shown = await this.text(testId)
      return typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown)
    }
    await until(`“${wanted}” in ${testId}`, isThere, timeoutMs).catch((cause: unknown) => {
      throw new Error(`${testId} does not show ${wanted}, but:\n${shown}`, { cause })
    })
  }

  /** Waits until a part of the page is in a phase, e.g. the terminal is `open`. */
  async phase(testId: string, phase: string): Promise<void> {
    await this.page.locator(`[data-testid=${testId}][data-phase=${phase}]`).waitFor()
  }

  /** Types into the open terminal, as a person with a keyboard. */
  async type(line: string): Promise<void> {
    await this.get('terminal').locator('textarea').focus()
    await this.page.keyboard.type(line)
    await this.page.keyboard.press('Enter')
  }

  /** Opens a container's terminal, and has its shell compute something. */
  async shellAnswers(name: string): Promise<void> {
    await this.open(name, 'terminal')
    await this.phase('terminal', 'open')
    await this.type('echo $((6 * 7))-there')
    await this.sees('terminal', '42-there')
  }

  /** Pictures of what is on screen, in both themes, for a person to look at: tests/artifacts/NAME-{light,dark}.png. */
  async photograph(name: string): Promise<void> {
    await mkdir(ARTIFACTS, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme })
      await this.page.screenshot({ path: `${ARTIFACTS}${name}-${colorScheme}.png`, animations: 'disabled' })
    }
    await this.page.emulateMedia({ colorScheme: null })
  }
}
