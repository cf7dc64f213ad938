import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** One build for both homes of the window: `http://127.0.0.1:PORT/` (web console) and `engineroom://app/` (desktop). */
export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
  build: {
    outDir: here('../dist/renderer'),
    emptyOutDir: true,
    // The page of a guest is one of its own: what it does not need is not in it.
    rollupOptions: { input: [here('index.html'), here('shared.html')] },
    // `light-dark()` and nesting are used as they are; every browser since mid-2024 knows them.
    target: ['chrome125', 'firefox128', 'safari18'],
    // The content security policy allows no inline script, and fonts only as files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
})
