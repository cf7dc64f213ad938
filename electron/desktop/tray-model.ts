import type { HostStatus } from '../ipc/contract.ts'

export type TrayAction = 'open' | 'start' | 'quit'

export type TrayItem =
  | { readonly kind: 'label'; readonly text: string }
  | { readonly kind: 'separator' }
  | { readonly kind: 'action'; readonly text: string; readonly action: TrayAction }

export interface TrayModel {
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

const WORDS = { running: 'Engine is running', starting: 'Engine is starting', stopped: 'Engine is stopped', failed: 'Engine has failed' } satisfies Record<
  HostStatus['state'],
  string
>

/** What the tray says, as data: a desktop without a tray area shows none of it, so this is what can be tested everywhere. */
export function trayModel({ state, canStart }: HostStatus): TrayModel {
  const words = WORDS[state]
  return {
    tooltip: `Engineroom: ${words.toLowerCase()}`,
    items: [
      { kind: 'action', text: 'Open Engineroom', action: 'open' },
      { kind: 'separator' },
      { kind: 'label', text: words },
      ...(canStart && (state === 'stopped' || state === 'failed') ? [{ kind: 'action', text: 'Start the engine', action: 'start' } as const] : []),
      { kind: 'separator' },
      { kind: 'action', text: 'Quit (the engine and containers go on)', action: 'quit' },
    ],
  }
}
