import { hasCode } from '../errors.ts'
import { kernelText } from './kernel-text.ts'

export interface InterfaceCounters {
  readonly rxBytes: number
  readonly rxPackets: number
  readonly rxErrors: number
  readonly rxDropped: number
  readonly txBytes: number
  readonly txPackets: number
  readonly txErrors: number
  readonly txDropped: number
}

/** The counters of every interface that a process sees; none when it has ended. @see proc(5), /proc/net/dev */
export function interfaceCounters(pid: number): ReadonlyMap<string, InterfaceCounters> {
  try {
    return parseNetDev(kernelText(`/proc/${pid}/net/dev`))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EINVAL')) return new Map()
    throw error
  }
}

export function parseNetDev(text: string): ReadonlyMap<string, InterfaceCounters> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => {
        const cut = line.lastIndexOf(':')
        const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0, , , , , txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = line
          .slice(cut + 1)
          .trim()
          .split(/\s+/)
          .map(Number)
        return [line.slice(0, cut).trim(), { rxBytes, rxPackets, rxErrors, rxDropped, txBytes, txPackets, txErrors, txDropped }]
      }),
  )
}
