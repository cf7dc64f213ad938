import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { build as buildPage, type Rollup } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'

/**
 * What the lint rules say of the sources (.dependency-cruiser.mjs), proven of what is built: a comment that silences a
 * rule cannot hide anything here.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Files and packages that reach a program, types left out, and who imports whom. */
interface Graph {
  readonly files: ReadonlyMap<string, readonly string[]>
  readonly packages: ReadonlySet<string>
}

async function graphOf(entryPoints: readonly string[]): Promise<Graph> {
  const options = { bundle: true, packages: 'external', platform: 'node', format: 'esm', outdir: 'unused', loader: { '.png': 'dataurl' } } as const
  const { metafile } = await bundle({ ...options, entryPoints: [...entryPoints], absWorkingDir: ROOT, write: false, metafile: true, logLevel: 'silent' })
  const files = new Map<string, string[]>()
  const packages = new Set<string>()
  for (const [path, { imports }] of Object.entries(metafile.inputs)) {
    files.set(
      path,
      imports.filter((one) => !one.external).map((one) => one.path),
    )
    for (const one of imports) if (one.external && !isBuiltin(one.path)) packages.add(packageOf(one.path))
  }
  return { files, packages }
}

/** `a/b/c` → `a`, `@s/a/b` → `@s/a` */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Every way back to a file that was passed already. */
function cyclesOf(files: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) return void found.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    for (const next of files.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files.keys()) visit(file, [])
  return found
}

const PROGRAMS = {
  daemon: ['engine/daemon/main.ts', 'engine/daemon/snapshot-main.ts', 'engine/images/extract-worker.ts', 'engine/registry-server/digesting/digest-worker.ts'],
  client: ['engine/cli/main.ts', 'engine/registry-server/digesting/digest-worker.ts'],
  desktop: ['electron/main.ts', 'electron/preload.ts'],
  vm: ['electron/hosts/vm/command/main.ts', 'electron/hosts/vm/supervisor/main.ts'],
} as const

const graphs = new Map<string, Graph>()
beforeAll(async () => {
  for (const [name, entryPoints] of Object.entries(PROGRAMS)) graphs.set(name, await graphOf(entryPoints))
})

function graph(name: keyof typeof PROGRAMS): Graph {
  const found = graphs.get(name)
  if (!found) throw new Error(`${name} was not built`)
  return found
}

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }

describe('the engine', () => {
  it.each(['daemon', 'client'] as const)('%s is made of engine/ alone', (name) => {
    expect([...graph(name).files.keys()].filter((file) => !file.startsWith('engine/'))).toEqual([])
  })

  it.each(['daemon', 'client'] as const)('%s needs only what package.json calls a dependency', (name) => {
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining([...graph(name).packages]))
  })

  it('bundle asks for nothing but Node and what has a native part', async () => {
    const { files, packages } = await graphOf(['dist/engine/daemon.mjs', 'dist/engine/extract-worker.mjs', 'dist/engine/digest-worker.mjs'])
    expect(files.size).toBeGreaterThan(10)
    expect(packages).toEqual(new Set(['better-sqlite3', 'node-unix-socket']))
  })
})

describe('the desktop', () => {
  it('has nothing of the engine: it speaks to it through its socket', () => {
    const files = [...graph('desktop').files.keys()]
    expect(files.filter((file) => !/^(electron|renderer\/language)\//.test(file))).toEqual([])
  })

  it('starts without packages that need a newer Node than Electron has', () => {
    expect([...graph('desktop').packages].sort()).toEqual(['electron', 'typebox'])
  })
})

it('the VM runs on a Node alone: nothing of the engine, of Electron, or with a native part', () => {
  expect([...graph('vm').files.keys()].filter((file) => !file.startsWith('electron/'))).toEqual([])
  expect([...graph('vm').packages]).toEqual(['typebox'])
})

describe('nobody imports in a circle', () => {
  it.each(Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[])('%s', (name) => expect(cyclesOf(graph(name).files)).toEqual([]))

  it('and a circle would be seen', () => {
    const files = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ])
    expect(cyclesOf(files)).toEqual(['a → b → c → a'])
  })
})

describe('the window', () => {
  const modules = new Map<string, readonly string[]>()
  let chunks: Rollup.OutputChunk[]

  beforeAll(async () => {
    const result = await buildPage({
      configFile: join(ROOT, 'renderer/vite.config.ts'),
      logLevel: 'error',
      build: { write: false },
      plugins: [
        {
          name: 'who-imports-whom',
          buildEnd() {
            for (const id of this.getModuleIds()) {
              const { importedIds = [], dynamicallyImportedIds = [] } = this.getModuleInfo(id) ?? {}
              modules.set(id, [...importedIds, ...dynamicallyImportedIds])
            }
          },
        },
      ],
    })
    const outputs = (Array.isArray(result) ? result : [result]) as Rollup.RollupOutput[]
    chunks = outputs.flatMap(({ output }) => output).filter((one) => one.type === 'chunk')
  })

  it('has no Node in it', () => {
    expect(chunks.length).toBeGreaterThan(0)
    expect(chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]).filter((one) => isBuiltin(one))).toEqual([])
    expect([...modules.keys()].filter((id) => isBuiltin(id) || id.includes('vite-browser-external'))).toEqual([])
    for (const { code, fileName } of chunks) expect(/\brequire\(|['"]node:/.exec(code)?.[0], fileName).toBeUndefined()
  })

  it('is made of renderer/ and packages alone', () => {
    const ours = [...modules.keys()].filter((id) => id.startsWith(ROOT)).map((id) => relative(ROOT, id))
    expect(ours.length).toBeGreaterThan(20)
    expect(ours.filter((file) => !/^(renderer|node_modules)\//.test(file))).toEqual([])
  })

  it('does not import in a circle', () => {
    // A component and its own script, template and style are one file.
    const fileOf = (id: string) => id.split('?', 1)[0] ?? id
    const files = new Map<string, string[]>()
    for (const [id, imported] of modules) {
      const file = fileOf(id)
      if (!file.startsWith(join(ROOT, 'renderer/'))) continue
      files.set(file, [...(files.get(file) ?? []), ...imported.map(fileOf).filter((one) => one !== file)])
    }
    expect(cyclesOf(files)).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const described = [...readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8').matchAll(/^\| `((?:engine|electron|renderer|build|tests)\/[^`]*)` \|/gm)].map(
    ([, folder = '']) => folder,
  )

  it('names folders that are there', () => {
    expect(described.filter((folder) => !existsSync(join(ROOT, folder)) || !statSync(join(ROOT, folder)).isDirectory())).toEqual([])
  })

  it.each(['engine', 'electron'])('names every room of %s/', (house) => {
    const rooms = readdirSync(join(ROOT, house), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${house}/${name}/`)
    expect(described).toEqual(expect.arrayContaining(rooms))
  })
})
