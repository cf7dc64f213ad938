const UNIT_NANOS: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 }

/** A Go duration such as `1m30s`, in nanoseconds; undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)/g)]
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) return undefined
  return BigInt(Math.round(parts.reduce((total, [, value, unit]) => total + Number(value) * (UNIT_NANOS[unit ?? ''] ?? 0), 0)))
}
