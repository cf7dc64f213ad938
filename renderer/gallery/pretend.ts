/** Before anything else is loaded: an engine and a desktop that only give examples, and dialogs that stay in the page. */
import { exampleDesktop } from './example-desktop.ts'
import { answerAsEngine } from './example-engine.ts'

window.fetch = (input, init) => Promise.resolve(answerAsEngine(new URL(String(input), window.location.href), init?.method ?? 'GET'))
Object.assign(window, { engineroom: exampleDesktop })
// One modal dialog would lie above all other components.
HTMLDialogElement.prototype.showModal = HTMLDialogElement.prototype.show
