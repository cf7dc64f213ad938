import type { HostStatus } from '../ipc/contract.ts'

/** The state of a host, but for what a test has it be. */
export function someStatus(parts: Partial<HostStatus> = {}): HostStatus {
  const may = { canStart: false, canStop: false, canChoose: false }
  return { kind: 'native', state: 'stopped', socketPath: '/s', detail: '', remedy: '', lastLines: [], stages: [], ...may, ...parts }
}
