import type { Verb } from '../api/containers.ts'
import { isLive } from '../api/containers.ts'
import type { ContainerRow, ImageRow, NetworkRow, VolumeRow } from '../api/types.ts'
import type { View } from './place.ts'
import { shortId } from './quantity.ts'
import { say } from './say.ts'

export type PaletteDeed =
  | { readonly kind: 'go'; readonly view: View; readonly item: string; readonly tab: string }
  | { readonly kind: 'act'; readonly id: string; readonly verb: Verb }
  | { readonly kind: 'theme' }
  | { readonly kind: 'host' }

/** Something that the palette can do. */
export interface PaletteEntry {
  readonly key: string
  /** What kind of thing it is, or what is done. */
  readonly kind: string
  readonly label: string
  readonly icon: View | 'start' | 'stop' | 'restart' | 'terminal' | 'moon' | 'host'
  readonly deed: PaletteDeed
}

export interface PaletteThings {
  readonly views: readonly { readonly view: View; readonly label: string }[]
  readonly containers: readonly ContainerRow[]
  readonly images: readonly ImageRow[]
  readonly volumes: readonly VolumeRow[]
  readonly networks: readonly NetworkRow[]
  readonly canChooseHost: boolean
}

const go = (view: View, item = '', tab = ''): PaletteDeed => ({ kind: 'go', view, item, tab })

/** Everything there is: views, things, and what can be done with a container in its state; removing is done where one sees what. */
export function paletteEntries({ views, containers, images, volumes, networks, canChooseHost }: PaletteThings): PaletteEntry[] {
  return [
    ...views.map(({ view, label }) => ({ key: `view ${view}`, kind: say('View'), label, icon: view, deed: go(view) })),
    ...containers.map(({ id, name }) => ({
      key: `container ${id}`,
      kind: say('Container'),
      label: name,
      icon: 'containers' as const,
      deed: go('containers', id),
    })),
    ...containers.flatMap(actionsOn),
    ...images.map(({ id, tags }) => ({
      key: `image ${id}`,
      kind: say('Image'),
      label: tags.join(', ') || shortId(id),
      icon: 'images' as const,
      deed: go('images', id),
    })),
    ...volumes.map(({ name }) => ({ key: `volume ${name}`, kind: say('Volume'), label: name, icon: 'volumes' as const, deed: go('volumes', name) })),
    ...networks.map(({ id, name }) => ({ key: `network ${id}`, kind: say('Network'), label: name, icon: 'networks' as const, deed: go('networks', id) })),
    { key: 'theme', kind: say('Window'), label: say('Light or dark colours'), icon: 'moon', deed: { kind: 'theme' } },
    ...(canChooseHost
      ? [{ key: 'host', kind: say('Window'), label: say('Where the engine runs'), icon: 'host' as const, deed: { kind: 'host' } as const }]
      : []),
  ]
}

function actionsOn({ id, name, state }: ContainerRow): PaletteEntry[] {
  const act = (verb: 'start' | 'stop' | 'restart', kind: string): PaletteEntry => ({
    key: `${verb} ${id}`,
    kind,
    label: name,
    icon: verb,
    deed: { kind: 'act', id, verb },
  })
  const logs: PaletteEntry = { key: `logs ${id}`, kind: say('Logs of'), label: name, icon: 'logs', deed: go('containers', id, 'logs') }
  const terminal: PaletteEntry = { key: `terminal ${id}`, kind: say('Terminal in'), label: name, icon: 'terminal', deed: go('containers', id, 'terminal') }
  return isLive(state) ? [logs, terminal, act('stop', say('Stop')), act('restart', say('Restart'))] : [logs, act('start', say('Start'))]
}

const SHOWN = 60

/** The entries in which every word occurs; those first whose name begins with what was typed. */
export function matchPalette(entries: readonly PaletteEntry[], typed: string): PaletteEntry[] {
  const text = typed.trim().toLowerCase()
  const words = text.split(/\s+/).filter(Boolean)
  const found = entries.filter(({ key, kind, label }) => {
    // The key begins with the English word, which is quickly typed whatever the language.
    const whole = `${key.split(' ')[0]} ${kind} ${label}`.toLowerCase()
    return words.every((word) => whole.includes(word))
  })
  const rank = ({ label }: PaletteEntry) => (label.toLowerCase() === text ? 0 : label.toLowerCase().startsWith(text) ? 1 : 2)
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN)
}
