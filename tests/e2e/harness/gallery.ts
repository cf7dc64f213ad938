import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { build } from 'vite'

const RENDERER = fileURLToPath(new URL('../../../renderer/', import.meta.url))
const ORIGIN = 'http://gallery.example'
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css', woff2: 'font/woff2', svg: 'image/svg+xml' }

/**
 * Opens the page of all components, built as the window is but written nowhere: the browser asks no network for it, which
 * would break off whenever an interface of this machine comes or goes.
 */
export async function openGallery(page: Page): Promise<void> {
  const built = await build({
    configFile: `${RENDERER}vite.config.ts`,
    logLevel: 'error',
    build: { write: false, rollupOptions: { input: `${RENDERER}gallery/index.html` } },
  })
  if (!('output' in built)) throw new Error('one build has one output')
  const files = new Map(built.output.map((one) => [`/${one.fileName}`, one.type === 'chunk' ? one.code : one.source]))
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url())
    const body = files.get(pathname)
    if (body === undefined) return route.fulfill({ status: 404 })
    return route.fulfill({ body: Buffer.from(body), contentType: TYPES[pathname.split('.').at(-1) ?? ''] ?? 'application/octet-stream' })
  })
  await page.goto(`${ORIGIN}/gallery/index.html`)
}
