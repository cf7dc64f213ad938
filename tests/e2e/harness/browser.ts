import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Debian's chromium without a screen. `await using` it. */
export class Browser implements AsyncDisposable {
  readonly context: BrowserContext
  readonly page: Page
  /** Somebody else's: with cookies and a storage of its own. */
  readonly another: () => Promise<BrowserContext>
  readonly #owned: AsyncDisposableStack

  static async open(): Promise<Browser> {
    await using owned = new AsyncDisposableStack()
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    owned.defer(() => browser.close())
    const context = await browser.newContext({ viewport: { width: 1240, height: 800 } })
    return new Browser(context, await context.newPage(), () => browser.newContext(), owned.move())
  }

  private constructor(context: BrowserContext, page: Page, another: () => Promise<BrowserContext>, owned: AsyncDisposableStack) {
    this.context = context
    this.page = page
    this.another = another
    this.#owned = owned
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}
