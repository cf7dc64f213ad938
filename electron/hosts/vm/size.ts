const UNITS: readonly string[] = ['', 'K', 'M', 'G', 'T']

/**
 * `8g`, `512M`, `1.5 GiB`: bytes, in powers of 1024.
 * @throws Error when it is no size
 */
export function parseSize(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s?([kmgt]?)(?:i?b)?$/i.exec(text.trim()) ?? []
  if (number === undefined) throw new Error(`invalid size: "${text}" (for example 8g or 512m)`)
  return Math.round(Number(number) * 1024 ** UNITS.indexOf(unit.toUpperCase()))
}

/** `1.5 GiB` */
export function formatSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const value = bytes / 1024 ** power
  const unit = UNITS[power]
  return `${Number(value.toFixed(1))} ${unit ? `${unit}iB` : 'B'}`
}
