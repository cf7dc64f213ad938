export const VIEWS = [
  'overview',
  'containers',
  'logs',
  'images',
  'volumes',
  'networks',
  'ports',
  'registries',
  'inspector',
  'engine-log',
  'data',
  'settings',
  'troubleshoot',
] as const
export type View = (typeof VIEWS)[number]

export const CONTAINER_TABS = ['logs', 'terminal', 'usage', 'processes', 'files', 'setup', 'changes', 'timeline', 'inspect'] as const
export type ContainerTab = (typeof CONTAINER_TABS)[number]

export interface Place {
  readonly view: View
  /** What of the view is open: an id, a name; empty for nothing. */
  readonly item: string
  readonly tab: string
}

/** `#/containers/4f1c…/logs` → a place; anything else is the list of containers. */
export function parsePlace(hash: string): Place {
  const [view, item, tab] = hash.replace(/^#\/?/, '').split('/').map(decoded)
  return { view: VIEWS.find((one) => one === view) ?? 'containers', item: item ?? '', tab: tab ?? '' }
}

export function formatPlace({ view, item, tab }: Place): string {
  const parts = item === '' ? [view] : tab === '' ? [view, item] : [view, item, tab]
  return `#/${parts.map(encodeURIComponent).join('/')}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // A stray percent sign typed into the address: it will name nothing.
  }
}
