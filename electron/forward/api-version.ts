/** What the page speaks. */
const OWN = [1, 51] as const

/**
 * A path of the page as an older engine takes it: `/v1.51/info` is `/v1.41/info` to dockerd 20.10, which refuses what is newer than itself.
 * @param engineVersion the newest that it speaks; undefined where that is ours
 */
export function inVersionOf(engineVersion: string | undefined, path: string): string {
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(engineVersion ?? '') ?? []
  const isOlder = major !== undefined && (Number(major) - OWN[0] || Number(minor) - OWN[1]) < 0
  return isOlder ? path.replace(`/v${OWN.join('.')}/`, `/v${engineVersion}/`) : path
}
