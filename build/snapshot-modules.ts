import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'

/** Where the engine lies in the guest, the only place where it is started from a snapshot. */
export const ENGINE_IN_GUEST = '/usr/lib/engineroom/engine/daemon.mjs'

/**
 * Modules of Node's that hold what V8 cannot write into a snapshot, and one with which a snapshot ends every worker that needs it as well:
 * `crypto` leaves its classes where workers look for theirs. Whoever uses one when the engine starts loads it then.
 */
const OUTSIDE = [
  'child_process',
  'crypto',
  'dgram',
  'dns',
  'dns/promises',
  'http',
  'http2',
  'https',
  'net',
  'readline',
  'stream/consumers',
  'tls',
  'worker_threads',
]

/**
 * Evaluated at the first look at what a module of Node's exports, and at the first call of what can be nothing but called: packages
 * take such functions out of it when they are evaluated themselves.
 */
function builtinAtFirstUse(name: string): string {
  const exported = Object.entries(process.getBuiltinModule(name) ?? {})
  const functions = exported.filter(([key, value]) => isPlainFunction(key, value)).map(([key]) => key)
  const others = exported.map(([key]) => key).filter((key) => !functions.includes(key))
  return `
let loaded
const load = () => (loaded ??= process.getBuiltinModule('node:${name}'))
for (const key of ${JSON.stringify(functions)}) module.exports[key] = (...args) => load()[key](...args)
for (const key of ${JSON.stringify(others)}) Object.defineProperty(module.exports, key, { enumerable: true, get: () => load()[key] })`
}

/** Neither a class nor one that tells by a symbol how it wants to be called. */
function isPlainFunction(key: string, value: unknown): boolean {
  return typeof value === 'function' && /^[a-z]/.test(key) && Object.getOwnPropertySymbols(value).length === 0
}

const PACKAGES_IN_GUEST = '/usr/lib/engineroom/node_modules'

/** In place of the module that looks where the native part may be: there it is in one place. */
const SQLITE_BINDING = `
let addon
exports.getBinding = () => {
  if (addon) return addon
  const module = { exports: {} }
  process.dlopen(module, '${PACKAGES_IN_GUEST}/better-sqlite3/prebuilds/linux-' + process.arch + '.node')
  return (addon = module.exports)
}`

/** Imported when it is needed, after the start. */
function requiredInGuest(path: string): string {
  return `module.exports = process.getBuiltinModule('node:module').createRequire('${ENGINE_IN_GUEST}')('${path}')`
}

const UNPACKING_PROCESS = fileURLToPath(new URL('../engine/images/unpacking-process.ts', import.meta.url))

/**
 * Half of the engine's text, and nothing of it is wanted at a start. Each is a file of its own beside the snapshot's script; ours alone know
 * nothing of them.
 */
export const PACKAGES_APART: Readonly<Record<string, string>> = { undici: 'package-undici', '@aws-sdk/client-s3': 'package-client-s3' }

/** Leaves what a snapshot cannot hold to be loaded when the engine has started from it, and threads that cannot be to processes. */
export const snapshotModules: Plugin = {
  name: 'snapshot-modules',
  setup({ onResolve, onLoad }) {
    const outside = new RegExp(`^(node:)?(${OUTSIDE.join('|')})$`)
    onResolve({ filter: outside }, ({ path }) => ({ path: path.replace(/^node:/, ''), namespace: 'node-at-first-use' }))
    onLoad({ filter: /.*/, namespace: 'node-at-first-use' }, ({ path }) => ({ contents: builtinAtFirstUse(path) }))
    onResolve({ filter: /\/unpacking-thread\.ts$/ }, ({ importer }) => (importer === UNPACKING_PROCESS ? undefined : { path: UNPACKING_PROCESS }))
    onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, () => ({ contents: SQLITE_BINDING }))
    const apart = new RegExp(`^(node-unix-socket|${Object.keys(PACKAGES_APART).join('|')})$`)
    onResolve({ filter: apart }, ({ path }) => ({ path, namespace: 'at-import' }))
    onLoad({ filter: /.*/, namespace: 'at-import' }, ({ path }) => ({
      contents: requiredInGuest(path in PACKAGES_APART ? `./${PACKAGES_APART[path]}.cjs` : path),
    }))
  },
}
