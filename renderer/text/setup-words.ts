import type { ContainerDetails, Mount } from '../api/container-details.ts'
import { formatBytes } from './quantity.ts'
import { say, sayCount, sayList } from './say.ts'

/** By its name: a variable that most likely is not for everybody's eyes. */
export function isSecret(name: string): boolean {
  return /PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL/i.test(name)
}

export function mountWords({ type, isWritable }: Mount): string {
  const kind = { volume: say('volume'), bind: say('folder of the engine’s machine'), tmpfs: say('memory'), image: say('image') }[type] ?? type
  return isWritable ? kind : say('{kind}, read only', { kind })
}

export function policyText({
  restartPolicy,
  maximumRetries,
  restartCount,
}: Pick<ContainerDetails, 'restartPolicy' | 'maximumRetries' | 'restartCount'>): string {
  const name =
    { no: say('never'), always: say('always'), 'unless-stopped': say('always, unless somebody stopped it'), 'on-failure': say('after a failure') }[
      restartPolicy
    ] ?? restartPolicy
  const policy = maximumRetries > 0 ? sayCount(maximumRetries, '{policy}, at most {count} time', '{policy}, at most {count} times', { policy: name }) : name
  return restartCount > 0 ? sayCount(restartCount, '{policy}; so far {count} time', '{policy}; so far {count} times', { policy }) : policy
}

export function limitsWords({ memoryLimitBytes, cpus }: Pick<ContainerDetails, 'memoryLimitBytes' | 'cpus'>): string {
  const limits = [
    ...(memoryLimitBytes > 0 ? [say('{size} of memory', { size: formatBytes(memoryLimitBytes) })] : []),
    ...(cpus > 0 ? [sayCount(cpus, '{count} core', '{count} cores')] : []),
  ]
  return sayList(limits) || say('none')
}
