import { kernelText } from './kernel-text.ts'

/** How much time all processors of the machine have spent, in any way but as guests, and how many are online. */
export interface HostCpu {
  readonly totalNs: number
  readonly onlineCount: number
}

/** `USER_HZ` is 100 on every architecture that Linux still supports. @see time(7) */
const TICK_NS = 1e9 / 100
/** user, nice, system, idle, iowait, irq, softirq; steal and guest are not counted, as under docker. */
const COUNTED_FIELDS = 7

/** @see proc(5), /proc/stat */
export function readHostCpu(): HostCpu {
  return parseHostCpu(kernelText('/proc/stat'))
}

export function parseHostCpu(stat: string): HostCpu {
  const [, ticks = ''] = /^cpu +(.*)$/m.exec(stat) ?? []
  const total = ticks
    .split(' ', COUNTED_FIELDS)
    .map(Number)
    .reduce((sum, value) => sum + value, 0)
  return { totalNs: total * TICK_NS, onlineCount: [...stat.matchAll(/^cpu\d/gm)].length }
}
