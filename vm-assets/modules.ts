/** What `depmod` found out: each module's file with the files it needs, all below the modules' folder. @see modules.dep(5) */
export type ModuleDependencies = ReadonlyMap<string, readonly string[]>

export function parseModulesDep(text: string): ModuleDependencies {
  const lines = text.split('\n').filter((line) => line !== '')
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [
        line.slice(0, colon),
        line
          .slice(colon + 1)
          .split(' ')
          .filter((path) => path !== ''),
      ]
    }),
  )
}

/** `kernel/net/8021q/8021q.ko` → `8021q`; as modprobe, dashes count as underscores. */
export function moduleName(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ko(\.xz|\.zst|\.gz)?$/, '').replaceAll('-', '_')
}

/**
 * The files of these modules and of all that they need, in an order in which each can be loaded.
 * @param wanted names, or folders that end with a slash for all modules directly in them
 * @param builtIn the text of modules.builtin: what the kernel has anyway
 * @throws Error that names what the kernel does not have
 */
export function moduleFiles(wanted: readonly string[], dependencies: ModuleDependencies, builtIn: string): string[] {
  const inKernel = new Set(builtIn.split('\n').map(moduleName))
  const files = new Set<string>()
  for (const path of wanted.flatMap((one) => pathsOf(one, dependencies, inKernel))) {
    // modules.dep names what is needed in the order of unloading.
    for (const needed of (dependencies.get(path) ?? []).toReversed()) files.add(needed)
    files.add(path)
  }
  return [...files]
}

function pathsOf(wanted: string, dependencies: ModuleDependencies, inKernel: ReadonlySet<string>): string[] {
  const all = [...dependencies.keys()]
  if (wanted.endsWith('/')) return all.filter((path) => path.slice(0, path.lastIndexOf('/') + 1) === wanted).sort()
  const name = moduleName(wanted)
  const found = all.find((path) => moduleName(path) === name)
  if (found === undefined && !inKernel.has(name)) throw new Error(`the kernel has no module ${wanted}`)
  return found === undefined ? [] : [found]
}
