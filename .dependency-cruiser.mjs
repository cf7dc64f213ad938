/**
 * Who may import whom. Imports point down: api → domain → linux | state; everything is wired in engine/daemon/.
 * `electron/`, `renderer/` and `engine/` meet only in types. Do not relax these rules: move the shared thing instead.
 */

/** What each room may import of the rest of the engine, besides errors.ts, lock.ts, log.ts, secrets.ts, settled.ts and slots.ts; and what it may know only by type, as its tests put it together. */
const ENGINE_ROOMS = {
  linux: { may: [] },
  state: { may: [] },
  events: { may: [] },
  json: { may: [] },
  dockerfile: { may: [] },
  images: { may: ['linux/', 'json/', 'dockerfile/'], types: ['state/', 'events/'] },
  networks: { may: ['linux/', 'json/'], types: ['state/', 'events/'] },
  volumes: { may: ['linux/', 'json/'], types: ['state/', 'events/'] },
  containers: { may: ['linux/', 'json/', 'images/', 'networks/', 'volumes/'], types: ['state/', 'events/'] },
  build: { may: ['linux/', 'json/', 'dockerfile/', 'containers/', 'images/', 'networks/', 'volumes/'], types: ['state/', 'events/'] },
  buildkit: { may: ['linux/', 'json/', 'dockerfile/', 'build/', 'containers/', 'images/'], types: ['volumes/'] },
  checks: { may: ['linux/', 'networks/'] },
  // What of the registry runs, it loads when it is wanted.
  'local-registry': { may: ['images/digest.ts', 'images/registry/neighbour.ts', 'linux/loopback.ts', 'registry-server/'], types: ['state/'] },
  'data-root': { may: ['linux/', 'build/', 'containers/', 'images/', 'local-registry/', 'volumes/'], types: ['state/', 'events/'] },
  api: {
    may: ['json/', 'build/', 'buildkit/', 'checks/', 'data-root/', 'containers/', 'images/', 'local-registry/', 'networks/', 'volumes/'],
    types: ['linux/', 'events/'],
  },
  // A program of its own: of the daemon it has only the words that both speak, and its client for other registries.
  'registry-server': { may: ['json/go-json.ts', 'images/digest.ts', 'images/reference.ts', 'images/registry/', 'linux/hard-link.ts', 'linux/sync.ts'] },
  tap: { may: [] },
  // The client shares words with the daemon (of the API, of its flags), and nothing that runs; the tap and the registry are the client's alone.
  cli: {
    may: [
      'json/duration.ts',
      'json/go-values.ts',
      'json/human-size.ts',
      'api/times.ts',
      'api/detach-keys.ts',
      'images/reference.ts',
      'linux/certificates/',
      'daemon/default-folders.ts',
      'daemon/flags.ts',
      'daemon/version.ts',
      'registry-server/',
      'tap/',
    ],
  },
}

/** The only places, besides tests, that may use a package, or a module of Node's. */
const MODULE_ROOMS = {
  'better-sqlite3': ['engine/state/'],
  'node-unix-socket': ['engine/linux/'],
  'node:child_process': ['engine/linux/', 'engine/cli/', 'electron/', 'build/', 'vm-assets/'],
  ws: ['engine/api/'],
  '@connectrpc/connect': ['engine/buildkit/', 'engine/api/buildkit/'],
  '@connectrpc/connect-node': ['engine/api/buildkit/'],
  '@bufbuild/protobuf': ['engine/buildkit/'],
  'node:http2': ['engine/api/buildkit/'],
  'dns-packet': ['engine/networks/dns/'],
  undici: ['engine/images/registry/'],
  commander: ['engine/daemon/', 'engine/cli/', 'build/'],
  '@aws-sdk/client-s3': ['engine/registry-server/storage/'],
  bcryptjs: ['engine/registry-server/auth/'],
  'tar-stream': ['engine/images/', 'engine/cli/registry/', 'build/'],
  'dockerfile-ast': ['engine/build/'],
  '@balena/dockerignore': ['engine/build/', 'engine/cli/'],
  electron: ['electron/'],
  '@electron/fuses': ['build/'],
  vue: ['renderer/'],
  pinia: ['renderer/'],
  '@xterm': ['renderer/'],
  vite: ['renderer/vite.config.ts'],
  esbuild: ['build/'],
  'playwright-core': [],
}

const TEST_FILES = ['[.]test[.]ts$', '^tests/', '^electron/testing/']
const BROWSER_CODE = { path: '^renderer/', pathNot: ['^renderer/vite[.]config[.]ts$', ...TEST_FILES] }

function forbid(name, from, to) {
  return { name, severity: 'error', from, to }
}

function startsWith(folder, name) {
  return `^${folder}${name.replaceAll('.', '[.]')}`
}

const roomRules = Object.entries(ENGINE_ROOMS).flatMap(([room, { may, types = [] }]) => {
  const from = { path: `^engine/${room}/` }
  const known = ['errors.ts', 'lock.ts', 'log.ts', 'secrets.ts', 'settled.ts', 'slots.ts', `${room}/`, ...may, ...types].map((name) =>
    startsWith('engine/', name),
  )
  const byType = types.map((name) => startsWith('engine/', name))
  return [
    forbid(`engine-${room}-looks-down`, from, { path: '^engine/', pathNot: known }),
    ...(byType.length > 0
      ? [forbid(`engine-${room}-knows-these-by-type`, { ...from, pathNot: TEST_FILES }, { path: byType, dependencyTypesNot: ['type-only'] })]
      : []),
  ]
})

const moduleRules = Object.entries(MODULE_ROOMS).map(([module, rooms]) => {
  const path = module.startsWith('node:') ? `^(node:)?${module.slice('node:'.length)}$` : [`^node_modules/${module}/`, `^node_modules/@types/${module}/`]
  return forbid(`${module}-has-its-room`, { pathNot: [...rooms.map((room) => startsWith('', room)), ...TEST_FILES] }, { path })
})

export default {
  forbidden: [
    forbid('no-cycle', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    forbid('resolvable', {}, { couldNotResolve: true }),
    forbid('declared-in-package-json', {}, { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }),
    forbid('product-without-tests', { pathNot: TEST_FILES }, { path: TEST_FILES }),
    forbid('engine-stands-alone', { path: '^engine/' }, { path: ['^electron/', '^renderer/', '^build/', '^vm-assets/'] }),
    // Menu and tray say their words as the window does.
    forbid(
      'electron-speaks-to-the-engine-through-its-socket',
      { path: '^electron/' },
      { path: ['^engine/', '^renderer/', '^build/'], pathNot: '^renderer/language/' },
    ),
    // It makes files, of which others know the names; of the client it has how flags are read, of the daemon its version.
    forbid(
      'vm-assets-stands-alone',
      { path: '^vm-assets/' },
      {
        path: ['^engine/', '^electron/', '^renderer/', '^build/', '^tests/'],
        pathNot: ['^engine/errors[.]ts$', '^engine/cli/command/', '^engine/cli/exit-error[.]ts$', '^engine/daemon/version[.]ts$'],
      },
    ),
    // Packages are put together as images are.
    forbid('nobody-needs-vm-assets-to-run', { path: '^(electron|renderer|build)/', pathNot: '^build/packages/' }, { path: '^vm-assets/' }),
    forbid(
      'language-stands-alone',
      { path: '^renderer/language/' },
      { path: '^(engine|electron|renderer|build|vm-assets|tests)/', pathNot: '^renderer/language/' },
    ),
    forbid('renderer-runs-in-a-browser', BROWSER_CODE, { path: ['^engine/', '^electron/', '^build/'], pathNot: '^electron/ipc/contract[.]ts$' }),
    forbid('renderer-knows-electron-by-type', { path: '^renderer/' }, { path: '^electron/', dependencyTypesNot: ['type-only'] }),
    forbid('renderer-without-node', BROWSER_CODE, { dependencyTypes: ['core'] }),
    ...roomRules,
    ...moduleRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // Imports of types count.
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.vue', '.json', '.d.ts'],
    },
  },
}
