import type { Page } from 'playwright-core'

/** What holds no prose: code, names of things, logs, and what says itself that it is English. */
const NO_PROSE = 'code, pre, kbd, script, style, noscript, .mono, .xterm, [lang=en], [translate=no]'

/**
 * What stands on the page in English although it speaks Chinese: text, titles and labels without a Chinese sign in them. Paths and ids are what they are.
 * @param allowed words that are the same in every language, and names of things
 */
export function englishLeftOver(page: Page, allowed: readonly string[]): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const allowed = new Set(${JSON.stringify(allowed)})
    const isEnglish = (text) => !/\\p{Script=Han}|^\\s*\\//u.test(text) && (text.replace(/\\b[0-9a-f]{12,64}\\b/g, '').match(/[A-Za-z][a-z]{2,}/g) ?? []).some((word) => !allowed.has(word.toLowerCase()))
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode
      if (parentElement.checkVisibility() && !parentElement.closest(${JSON.stringify(NO_PROSE)}) && isEnglish(textContent)) found.push(textContent.trim())
    }
    for (const name of ['title', 'aria-label', 'placeholder'])
      for (const element of document.querySelectorAll('[' + name + ']')) {
        const text = element.getAttribute(name)
        if (!element.closest(${JSON.stringify(NO_PROSE)}) && isEnglish(text)) found.push(name + ' ' + text)
      }
    return [...new Set(found)]
  })()`)
}

/** Buttons, heads and names of columns whose words do not fit. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('button, h1, h2, h3, th, legend, nav .label')]
    .filter((element) => element.checkVisibility() && !element.matches('.cut, .unseen') && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
    .map((element) => element.tagName.toLowerCase() + ' ' + element.textContent.trim())`)
}
