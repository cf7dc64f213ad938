import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** Standards that are bars, not advice: WCAG 2.1, A and AA. */
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']

/**
 * What keeps people out of the page as it is now, a line each: in one theme all that axe-core calls serious or worse, in the
 * other the contrast, as nothing else changes.
 */
export async function barriersIn(page: Page, themes: readonly ('light' | 'dark')[] = ['light', 'dark']): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(await readFile(AXE, 'utf8'))
  const found: string[] = []
  for (const colorScheme of themes) {
    // Colours that are on their way to others are no colours.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const runOnly = colorScheme === 'light' ? STANDARDS : ['color-contrast']
    const all = await page.evaluate<string[]>(`axe.run(document, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] }).then(({ violations }) =>
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary.replaceAll('\\n', ' '))))`)
    found.push(...all.map((line) => `${colorScheme}: ${line}`))
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null })
  return found
}
