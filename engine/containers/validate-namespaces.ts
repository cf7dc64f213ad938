import { EngineError } from '../errors.ts'
import type { HostConfig } from './config.ts'

/** What may be asked of each namespace, besides `container:<name>` where containers can share it; empty is docker's choice. */
const MODES = {
  IpcMode: { name: 'IPC mode', modes: ['', 'none', 'private', 'shareable', 'host'], isShared: true },
  PidMode: { name: 'PID mode', modes: ['', 'host'], isShared: true },
  UTSMode: { name: 'UTS mode', modes: ['', 'host'], isShared: false },
  UsernsMode: { name: 'user namespace mode', modes: ['', 'host'], isShared: false },
  CgroupnsMode: { name: 'cgroup namespace mode', modes: ['', 'private', 'host'], isShared: false },
} as const

/** @throws EngineError `invalid` with docker's words */
export function validateNamespaces(hostConfig: Pick<HostConfig, keyof typeof MODES>): void {
  for (const field of Object.keys(MODES) as (keyof typeof MODES)[]) {
    const mode = hostConfig[field] ?? ''
    const { name, modes, isShared } = MODES[field]
    if ((modes as readonly string[]).includes(mode) || (isShared && /^container:[^:]+$/.test(mode))) continue
    throw new EngineError('invalid', `invalid ${name}: ${mode}`)
  }
}
