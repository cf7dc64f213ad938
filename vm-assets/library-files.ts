/**
 * Which files of a package with a native part are needed to run it on this system: what a package brings to be built, or for
 * others, stays out.
 * @param npm the architecture as npm calls it
 * @param path from the package's folder
 */
export function isNeededToRun(npm: string, path: string): boolean {
  return (
    path === 'package.json' || path === 'LICENSE' || path === `prebuilds/linux-${npm}.node` || /^(js|lib)\/.*\.js$/.test(path) || /^[^/]+-gnu\.node$/.test(path)
  )
}
