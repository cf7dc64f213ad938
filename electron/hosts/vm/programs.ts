import { fileURLToPath } from 'node:url'

/** Our bundles lie side by side: `dist/vm/`, where this runs, and `dist/cli/`. */
function bundle(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/** The client of the Engine API, which also makes certificates. */
export function clientProgram(): readonly [string, ...string[]] {
  return [process.execPath, '--', bundle('../cli/main.mjs')]
}

/** What makes the image: of our sources, which lie beside the bundles. A company's network may look into TLS with an authority that only this computer knows. */
export function builderProgram(): readonly [string, ...string[]] {
  return [process.execPath, '--use-system-ca', bundle('../../vm-assets/main.ts')]
}

/** When our own engine was built. */
export function builtOfEngine(): string {
  return bundle('../engine/built.json')
}

export function supervisorProgram(name: string): readonly [string, ...string[]] {
  return [process.execPath, bundle('./supervisor.mjs'), name]
}
