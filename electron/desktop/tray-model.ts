import type { HostStatus } from '../ipc/contract.ts'

export type TrayAction = 'open' | 'start' | 'stop' | 'quit'

export type TrayItem =
  | { readonly kind: 'label'; readonly text: string }
  | { readonly kind: 'separator' }
  | { readonly kind: 'action'; readonly text: string; readonly action: TrayAction }

export interface TrayModel {
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

const WORDS = {
  running: 'Engine is running',
  starting: 'Engine is starting',
  stopping: 'Engine is stopping',
  stopped: 'Engine is stopped',
  failed: 'Engine has failed',
} satisfies Record<HostStatus['state'], string>

/** What the tray says, as data: a desktop without a tray area shows none of it, so this is what can be tested everywhere. */
export function trayModel({ kind, state, canStart, canStop }: HostStatus): TrayModel {
  const words = kind === 'vm' && state === 'running' ? 'Engine is running, in its virtual machine' : WORDS[state]
  return {
    tooltip: `Engineroom: ${words.toLowerCase()}`,
    items: [
      { kind: 'action', text: 'Open Engineroom', action: 'open' },
      { kind: 'separator' },
      { kind: 'label', text: words },
      ...(canStart && (state === 'stopped' || state === 'failed') ? [{ kind: 'action', text: 'Start the engine', action: 'start' } as const] : []),
      ...(canStop && state === 'running' ? [{ kind: 'action', text: 'Stop the virtual machine (containers end)', action: 'stop' } as const] : []),
      { kind: 'separator' },
      { kind: 'action', text: kind === 'vm' ? 'Quit (the virtual machine and containers go on)' : 'Quit (the engine and containers go on)', action: 'quit' },
    ],
  }
}
