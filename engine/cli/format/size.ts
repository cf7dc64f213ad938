const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** `1.986MB`: decimal units, as many significant digits as asked, without trailing zeros. */
export function humanSize(bytes: number, digits = 4): string {
  return scaled(bytes, 1000, DECIMAL, digits)
}

/** `7.653GiB`: binary units. */
export function humanBinarySize(bytes: number): string {
  return scaled(bytes, 1024, BINARY, 4)
}

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes
  let unit = 0
  while (value >= base && unit < units.length - 1) {
    value /= base
    unit += 1
  }
  return `${general(value, digits)}${units[unit]}`
}

/** C's `%.*g`: a number too long for its digits is written with an exponent. */
function general(value: number, digits: number): string {
  const short = Number(value.toPrecision(digits))
  if (short < 10 ** digits) return String(short)
  return short.toExponential().replace(/e\+(\d)$/, 'e+0$1')
}
