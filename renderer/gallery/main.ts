/**
 * Every component of the window on one page, with example data, in the theme and language that are chosen at its top:
 * `npm run gallery`. It is no part of what is built.
 */
import './pretend.ts'

// Not before: modules of the page look for a desktop as they are loaded.
await import('./page.ts')
