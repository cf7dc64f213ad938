import type { ContainerDetails, Mount } from '../api/container-details.ts'
import { count, formatBytes } from './quantity.ts'

/** By its name: a variable that most likely is not for everybody's eyes. */
export function isSecret(name: string): boolean {
  return /PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL/i.test(name)
}

export function mountWords({ type, isWritable }: Mount): string {
  const kind = { volume: 'volume', bind: 'folder of the engine’s machine', tmpfs: 'memory', image: 'image' }[type] ?? type
  return isWritable ? kind : `${kind}, read only`
}

export function policyText({
  restartPolicy,
  maximumRetries,
  restartCount,
}: Pick<ContainerDetails, 'restartPolicy' | 'maximumRetries' | 'restartCount'>): string {
  const policy =
    { no: 'never', always: 'always', 'unless-stopped': 'always, unless somebody stopped it', 'on-failure': 'after a failure' }[restartPolicy] ?? restartPolicy
  const limit = maximumRetries > 0 ? `, at most ${count(maximumRetries, 'time')}` : ''
  return `${policy}${limit}${restartCount > 0 ? `; so far ${count(restartCount, 'time')}` : ''}`
}

export function limitsWords({ memoryLimitBytes, cpus }: Pick<ContainerDetails, 'memoryLimitBytes' | 'cpus'>): string {
  const limits = [...(memoryLimitBytes > 0 ? [`${formatBytes(memoryLimitBytes)} of memory`] : []), ...(cpus > 0 ? [count(cpus, 'core')] : [])]
  return limits.join(', ') || 'none'
}
