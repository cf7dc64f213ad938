import type { BadEnding } from '../engine-watch/endings.ts'
import type { LiveContainer } from '../engine-watch/engine-watch.ts'
import type { HostStatus } from '../ipc/contract.ts'

import { say, sayCount } from '../text/say.ts'

export type ContainerDeed = 'stop' | 'restart' | 'pause' | 'unpause'

export type TrayAction =
  | { readonly kind: 'open'; readonly container?: string }
  | { readonly kind: 'engine'; readonly deed: 'start' | 'stop' | 'restart' }
  | { readonly kind: 'containers'; readonly ids: readonly string[]; readonly deed: ContainerDeed }
  | { readonly kind: 'browse'; readonly url: string }
  | { readonly kind: 'settings' }
  | { readonly kind: 'login-start'; readonly isOn: boolean }
  | { readonly kind: 'quit' }

export type TrayItem =
  | { readonly kind: 'label'; readonly text: string }
  | { readonly kind: 'separator' }
  | { readonly kind: 'action'; readonly text: string; readonly action: TrayAction }
  | { readonly kind: 'choice'; readonly text: string; readonly isOn: boolean; readonly action: TrayAction }
  | { readonly kind: 'menu'; readonly text: string; readonly items: readonly TrayItem[] }

export interface TrayModel {
  readonly tooltip: string
  readonly face: 'on' | 'off' | 'alert'
  readonly items: readonly TrayItem[]
}

export interface TrayFacts {
  readonly host: HostStatus
  readonly containers: readonly LiveContainer[]
  /** Newest first. */
  readonly endings: readonly BadEnding[]
  readonly opensAtLogin: boolean
  /** Of this program, where one is known. */
  readonly newerVersion: string | undefined
}

/** A menu is no list to scroll through. */
const SHOWN_CONTAINERS = 12
const SHOWN_ENDINGS = 4

const WORDS = {
  running: 'Engine is running',
  starting: 'Engine is starting',
  stopping: 'Engine is stopping',
  stopped: 'Engine is stopped',
  failed: 'Engine has failed',
} as const satisfies Record<HostStatus['state'], string>

/** What the tray says, as data: a desktop without a tray area shows none of it, so this is what can be tested everywhere. */
export function trayModel({ host, containers, endings, opensAtLogin, newerVersion }: TrayFacts): TrayModel {
  const words = stateWords(host, containers)
  return {
    tooltip: say('Engineroom: {state}', { state: words.toLowerCase() }),
    face: host.state === 'failed' ? 'alert' : host.state === 'running' ? 'on' : 'off',
    items: [
      { kind: 'action', text: say('Open Engineroom'), action: { kind: 'open' } },
      { kind: 'separator' },
      { kind: 'label', text: words },
      ...(host.state === 'failed' && host.detail !== '' ? [{ kind: 'label', text: host.detail } as const] : []),
      ...engineItems(host),
      ...containerItems(containers),
      ...endingItems(endings),
      { kind: 'separator' },
      ...updateItems(newerVersion),
      { kind: 'choice', text: say('Open at login'), isOn: opensAtLogin, action: { kind: 'login-start', isOn: !opensAtLogin } },
      {
        kind: 'action',
        text: host.kind === 'vm' ? say('Quit (the virtual machine and containers go on)') : say('Quit (the engine and containers go on)'),
        action: { kind: 'quit' },
      },
    ],
  }
}

function stateWords({ kind, state }: HostStatus, containers: readonly LiveContainer[]): string {
  const words = kind === 'vm' && state === 'running' ? say('Engine is running, in its virtual machine') : say(WORDS[state])
  if (state !== 'running' || containers.length === 0) return words
  const all = sayCount(containers.length, '{count} container', '{count} containers')
  const paused = containers.filter(({ isPaused }) => isPaused).length
  return say('{state}: {containers}', { state: words, containers: paused > 0 ? say('{containers}, {count} paused', { containers: all, count: paused }) : all })
}

function engineItems({ kind, state, canStart, canStop }: HostStatus): TrayItem[] {
  const item = (text: string, deed: 'start' | 'stop' | 'restart'): TrayItem => ({ kind: 'action', text, action: { kind: 'engine', deed } })
  if (state === 'stopped' || state === 'failed') return canStart ? [item(say('Start the engine'), 'start')] : []
  // One that is not ours is restarted where it runs.
  if (state !== 'running' || kind === 'context') return []
  const restart =
    kind === 'vm' ? item(say('Restart the virtual machine (containers end)'), 'restart') : item(say('Restart the engine (containers go on)'), 'restart')
  return [restart, ...(canStop ? [item(say('Stop the virtual machine (containers end)'), 'stop')] : [])]
}

function containerItems(containers: readonly LiveContainer[]): TrayItem[] {
  if (containers.length === 0) return []
  const idsOf = (isPaused: boolean) => containers.filter((one) => one.isPaused === isPaused).map(({ id }) => id)
  const all = (text: string, deed: ContainerDeed, ids: readonly string[]): TrayItem[] =>
    ids.length < 2 ? [] : [{ kind: 'action', text, action: { kind: 'containers', ids, deed } }]
  const more = containers.length - SHOWN_CONTAINERS
  return [
    { kind: 'separator' },
    ...containers.slice(0, SHOWN_CONTAINERS).map(containerMenu),
    ...(more > 0 ? [{ kind: 'action', text: say('{count} more …', { count: more }), action: { kind: 'open' } } as const] : []),
    ...all(say('Pause all containers'), 'pause', idsOf(false)),
    ...all(say('Resume all that are paused'), 'unpause', idsOf(true)),
  ]
}

function containerMenu({ id, name, isPaused, ports }: LiveContainer): TrayItem {
  const act = (text: string, deed: ContainerDeed): TrayItem => ({ kind: 'action', text, action: { kind: 'containers', ids: [id], deed } })
  return {
    kind: 'menu',
    text: isPaused ? say('{name} (paused)', { name }) : name,
    items: [
      { kind: 'action', text: say('Show'), action: { kind: 'open', container: id } },
      ...ports.map(
        (port): TrayItem => ({
          kind: 'action',
          text: say('Open {address}', { address: `localhost:${port}` }),
          action: { kind: 'browse', url: `http://localhost:${port}` },
        }),
      ),
      { kind: 'separator' },
      isPaused ? act(say('Resume'), 'unpause') : act(say('Pause'), 'pause'),
      act(say('Restart'), 'restart'),
      act(say('Stop'), 'stop'),
    ],
  }
}

function updateItems(version: string | undefined): TrayItem[] {
  return version === undefined ? [] : [{ kind: 'action', text: say('Engineroom {version} is there', { version }), action: { kind: 'settings' } }]
}

function endingItems(endings: readonly BadEnding[]): TrayItem[] {
  if (endings.length === 0) return []
  const lines = endings.slice(0, SHOWN_ENDINGS).map(({ id, name, exitCode, atMs }): TrayItem => {
    const time = new Date(atMs).toTimeString().slice(0, 5)
    const text = say('{name} ended with exit code {code}, at {time}', { name, code: String(exitCode), time })
    return { kind: 'action', text, action: { kind: 'open', container: id } }
  })
  return [{ kind: 'separator' }, { kind: 'label', text: say('Recent errors') }, ...lines]
}
