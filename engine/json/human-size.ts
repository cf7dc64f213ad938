const UNITS = 'kmgtp'

/**
 * `512m`, `1.5g`, `100 KiB` as bytes, in powers of 1024 whatever the unit is called.
 * @throws Error with docker's words
 * @see https://pkg.go.dev/github.com/docker/go-units#RAMInBytes
 */
export function binarySize(text: string): number {
  return sizeIn(text, 1024)
}

/**
 * The same text in powers of 1000.
 * @throws Error with docker's words
 * @see https://pkg.go.dev/github.com/docker/go-units#FromHumanSize
 */
export function decimalSize(text: string): number {
  return sizeIn(text, 1000)
}

function sizeIn(text: string, base: number): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([kmgtp])?i?b?$/i.exec(text) ?? []
  if (number === undefined) throw new Error(`invalid size: '${text}'`)
  return Math.trunc(Number(number) * base ** (unit === '' ? 0 : 1 + UNITS.indexOf(unit.toLowerCase())))
}
