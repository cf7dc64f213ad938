/** `1.2.3`, or `1.2.3-rc.1`; as in package.json. @see https://semver.org/#spec-item-11 */
export const VERSION_PATTERN = '^(0|[1-9]\\d{0,5})\\.(0|[1-9]\\d{0,5})\\.(0|[1-9]\\d{0,5})(-[0-9A-Za-z.-]{1,40})?$'

/** Whether a version comes after another one. What is before a release (`-rc.1`) is older than it. */
export function isNewer(one: string, other: string): boolean {
  const [left, right] = [partsOf(one), partsOf(other)]
  const differing = left.numbers.findIndex((number, index) => number !== right.numbers[index])
  if (differing !== -1) return (left.numbers[differing] ?? 0) > (right.numbers[differing] ?? 0)
  if (left.pre === '' || right.pre === '') return left.pre === '' && right.pre !== ''
  return isLaterName(left.pre.split('.'), right.pre.split('.'))
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly pre: string } {
  const [release = '', ...pre] = version.split('-')
  return { numbers: release.split('.').map(Number), pre: pre.join('-') }
}

/** Numbers by size and before words, words by their bytes, and more parts after fewer. */
function isLaterName(left: readonly string[], right: readonly string[]): boolean {
  const index = left.findIndex((part, at) => part !== right[at])
  const [mine, its] = [left[index], right[index]]
  if (mine === undefined || its === undefined) return left.length > right.length
  const [isNumber, isItsNumber] = [/^\d+$/.test(mine), /^\d+$/.test(its)]
  if (isNumber && isItsNumber) return Number(mine) > Number(its)
  return isNumber === isItsNumber ? mine > its : isItsNumber
}
