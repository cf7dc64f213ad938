import type { Plugin } from 'esbuild'

/** Where the engine lies in the guest, the only place where it is started from a snapshot. */
export const ENGINE_IN_GUEST = '/usr/lib/engineroom/engine/daemon.mjs'

/** Modules of Node's that hold what V8 cannot write into a snapshot. Whoever uses one when the engine starts loads it then. */
const OUTSIDE = ['child_process', 'dgram', 'dns', 'dns/promises', 'http', 'http2', 'https', 'net', 'readline', 'stream/consumers', 'tls', 'worker_threads']

/** Evaluated at the first look at what a module of Node's exports. */
function builtinAtFirstUse(name: string): string {
  const names = JSON.stringify(Object.keys(process.getBuiltinModule(name) ?? {}))
  return `
let loaded
for (const key of ${names})
  Object.defineProperty(module.exports, key, { enumerable: true, get: () => (loaded ??= process.getBuiltinModule('node:${name}'))[key] })`
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
const UNIX_SOCKET = `module.exports = process.getBuiltinModule('node:module').createRequire('${ENGINE_IN_GUEST}')('node-unix-socket')`

/** Leaves what a snapshot cannot hold to be loaded when the engine has started from it. */
export const snapshotModules: Plugin = {
  name: 'snapshot-modules',
  setup({ onResolve, onLoad }) {
    const outside = new RegExp(`^(node:)?(${OUTSIDE.join('|')})$`)
    onResolve({ filter: outside }, ({ path }) => ({ path: path.replace(/^node:/, ''), namespace: 'node-at-first-use' }))
    onLoad({ filter: /.*/, namespace: 'node-at-first-use' }, ({ path }) => ({ contents: builtinAtFirstUse(path) }))
    onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, () => ({ contents: SQLITE_BINDING }))
    onResolve({ filter: /^node-unix-socket$/ }, ({ path }) => ({ path, namespace: 'at-import' }))
    onLoad({ filter: /.*/, namespace: 'at-import' }, () => ({ contents: UNIX_SOCKET }))
  },
}
