import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { shippedImages } from './hello-image.ts'
import { ENGINE_IN_GUEST, PACKAGES_APART, snapshotModules } from './snapshot-modules.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Packages with a native part are found in node_modules at run time. */
const NATIVE = ['better-sqlite3', 'node-unix-socket']

/** CommonJS packages inside an ES module bundle still ask for `require`. */
const REQUIRE_BANNER = "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

/**
 * `import … from 'node:http'` makes Node look at all that the module offers, a second HTTP client among it, which it
 * otherwise loads when somebody asks: 15 MB and a tenth of a second for nothing. The built-in as an object does not.
 */
const plainHttp: Plugin = {
  name: 'plain-http',
  setup({ onResolve, onLoad }) {
    const used = ['Agent', 'createServer', 'get', 'IncomingMessage', 'request', 'Server', 'ServerResponse']
    onResolve({ filter: /^node:http$/ }, ({ kind }) => (kind === 'import-statement' ? { path: 'node:http', namespace: 'plain-http' } : undefined))
    onLoad({ filter: /.*/, namespace: 'plain-http' }, () => ({ contents: `export const { ${used.join(', ')} } = process.getBuiltinModule('node:http')` }))
  },
}

const engine: BuildOptions = {
  platform: 'node',
  target: 'node24',
  format: 'esm',
  bundle: true,
  external: NATIVE,
  plugins: [plainHttp],
  banner: { js: REQUIRE_BANNER },
  splitting: true,
  chunkNames: 'chunk-[hash]',
  legalComments: 'none',
  // The program's text stays in memory as long as it runs: half a megabyte of it was indentation. Names stay, for stacks.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  outExtension: { '.js': '.mjs' },
}

/** A thread of the registry, which both the client and the daemon run. */
const DIGEST_WORKER = 'engine/registry-server/digesting/digest-worker.ts'

/** The daemon and its worker threads: `dist/engine/`. What is imported late (`await import`) is a file of its own. */
async function bundleEngine(root: string): Promise<void> {
  await write({
    ...engine,
    entryPoints: { daemon: 'engine/daemon/main.ts', 'extract-worker': 'engine/images/extract-worker.ts', 'digest-worker': DIGEST_WORKER },
    outdir: join(root, 'dist/engine'),
    define: stamp(),
  })
  await writeWhole(join(root, 'dist/engine/built.json'), Buffer.from(`${JSON.stringify(built())}\n`))
}

/** The daemon as one script, of which V8 makes a snapshot in the guest of a VM: `dist/engine/daemon-snapshot.cjs`; and what it leaves for later. */
async function bundleForSnapshot(root: string): Promise<void> {
  await write({
    ...engine,
    format: 'iife',
    splitting: false,
    external: [],
    plugins: [snapshotModules],
    banner: { js: `const engineUrl = 'file://${ENGINE_IN_GUEST}';` },
    entryPoints: { 'daemon-snapshot': 'engine/daemon/snapshot-main.ts' },
    outdir: join(root, 'dist/engine'),
    outExtension: { '.js': '.cjs' },
    define: { ...stamp(), 'import.meta.url': 'engineUrl' },
  })
  const entryPoints = Object.fromEntries(Object.entries(PACKAGES_APART).map(([name, file]) => [file, name]))
  const { banner: _, ...plain } = engine
  await write({ ...plain, format: 'cjs', splitting: false, external: [], entryPoints, outdir: join(root, 'dist/engine'), outExtension: { '.js': '.cjs' } })
}

/** The client: `dist/cli/`. A command loads only what it needs. @param root gets `dist/` */
export async function bundleCli(root: string): Promise<void> {
  await write({ ...engine, entryPoints: { main: 'engine/cli/main.ts', 'digest-worker': DIGEST_WORKER }, outdir: join(root, 'dist/cli'), define: stamp() })
}

/** The VM's commands and the process that owns a VM: `dist/vm/`. */
async function bundleVm(root: string): Promise<void> {
  await write({
    ...engine,
    external: [],
    entryPoints: { main: 'electron/hosts/vm/command/main.ts', supervisor: 'electron/hosts/vm/supervisor/main.ts' },
    outdir: join(root, 'dist/vm'),
  })
}

/** What `version` tells about a build: the same for the same commit, so that images with an engine in them can be compared byte by byte. */
function stamp(): Record<string, string> {
  const { commit, time } = built()
  return { ENGINEROOM_COMMIT: JSON.stringify(commit), ENGINEROOM_BUILD_TIME: JSON.stringify(time) }
}

/** Of what it is built, and when that was committed: `dist/engine/built.json`, by which an image of a VM that has an older engine in it is told. */
export function built(): { readonly commit: string; readonly time: string } {
  const time = git('log', '-1', '--format=%cI')
  return { commit: git('rev-parse', '--short', 'HEAD') ?? 'unknown', time: (time === undefined ? new Date() : new Date(time)).toISOString() }
}

/** The desktop's main process, preload and first image: `dist/electron/`. Electron brings a Node of its own, an older one in some places. @param root gets `dist/` */
export async function bundleForDesktop(root: string): Promise<void> {
  await bundleFirstImage(root)
  await write({
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    bundle: true,
    external: ['electron'],
    define: { ENGINEROOM_VERSION: JSON.stringify(releaseVersion()), 'import.meta.dirname': '__dirname' },
    loader: { '.png': 'dataurl' },
    legalComments: 'none',
    entryPoints: { main: 'electron/main.ts', preload: 'electron/preload.ts', 'install-update': 'electron/updates/install-update/main.ts' },
    outdir: join(root, 'dist/electron'),
    outExtension: { '.js': '.cjs' },
  })
}

/** Of all that is released. */
export function releaseVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8'))
  return version
}

/** What the window runs as a first container, without internet: `dist/electron/first-image.tar`. @param root gets `dist/` */
async function bundleFirstImage(root: string): Promise<void> {
  await writeWhole(join(root, 'dist/electron/first-image.tar'), await shippedImages(['busybox:latest']))
}

async function write(options: BuildOptions): Promise<void> {
  const { outputFiles } = await build({ ...options, absWorkingDir: ROOT, write: false, logLevel: 'warning' })
  for (const { path, contents } of outputFiles ?? []) await writeWhole(path, contents)
}

/** A bundle that somebody starts from while we write must never be half there. */
async function writeWhole(name: string, contents: Uint8Array): Promise<void> {
  const path = resolve(ROOT, name)
  await mkdir(dirname(path), { recursive: true })
  const temporary = join(dirname(path), `.${process.pid}-${relative(dirname(path), path)}`)
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

/** A machine without git, or a copy without history, does not know. */
function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Builds everything that runs on Node or in Electron's main process; the window is Vite's. */
export async function bundle(): Promise<void> {
  await Promise.all([bundleCli(ROOT), bundleForVm(ROOT), bundleForDesktop(ROOT)])
}

/** What a virtual machine's owner runs, and the engine that is in its image. @param root gets `dist/` */
export async function bundleForVm(root: string): Promise<void> {
  await Promise.all([bundleEngine(root), bundleForSnapshot(root), bundleVm(root)])
}

/** The daemon and the client alone. @param root gets `dist/` */
export async function bundleForServer(root: string): Promise<void> {
  await Promise.all([bundleEngine(root), bundleCli(root)])
}

if (import.meta.main) await bundle()
