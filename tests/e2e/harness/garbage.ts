import type { Page } from 'playwright-core'

/**
 * Has V8 collect all of a page's garbage. @returns how many documents its process still has: that of the page, and an empty one
 * of Playwright's own world
 */
export async function collectGarbage(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  try {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Memory.getDOMCounters')).documents
  } finally {
    await session.detach()
  }
}
