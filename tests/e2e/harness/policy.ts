import type { Page } from 'playwright-core'

/** Runs a script in the page that should break its content security policy. @returns the directive that stopped it */
export function violatedBy(page: Page, script: string): Promise<string> {
  return page.evaluate<string>(`new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing was stopped')), 20_000)
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      clearTimeout(timer)
      resolve(effectiveDirective)
    }, { once: true })
    ${script}
  })`)
}
