/**
 * The closed list of what may pass between the page and the main process. It stands apart from the schemas so that the
 * preload, which runs in every page, carries these names and nothing else.
 */
export const CALL_NAMES = [
  'terminal.open',
  'terminal.write',
  'terminal.take',
  'terminal.close',
  'host.status',
  'host.start',
  'host.stop',
  'host.choose',
  'host.contexts',
  'host.ask',
  'host.usage',
  'host.reset',
  'host.machine',
  'host.changeMachine',
  'host.compact',
  'host.dismissWork',
  'host.checks',
  'commandLine.look',
  'commandLine.change',
  'app.spending',
  'app.settings',
  'app.change',
  'updates.status',
  'updates.look',
  'updates.fetch',
  'updates.install',
  'firstRun.image',
  'registry.logins',
  'registry.login',
  'registry.logout',
  'registry.browse',
  'shell.openExternal',
] as const
export const EVENT_NAMES = ['terminal.data', 'terminal.closed', 'host.changed', 'updates.changed', 'place.asked'] as const

export type CallName = (typeof CALL_NAMES)[number]
export type EventName = (typeof EVENT_NAMES)[number]

/** The name of a call or an event as Electron sees it. */
export function channelOf(name: CallName | EventName): string {
  return `engineroom:${name}`
}
