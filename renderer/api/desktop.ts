import type {
  AppSettings,
  AppSpending,
  CommandLineDeed,
  CommandLinePart,
  DockerContext,
  HostAnswer,
  HostCheck,
  HostChoice,
  HostMachine,
  HostMachineChange,
  HostReset,
  HostStage,
  HostStatus,
  HostUsage,
  HostWork,
  UpdateStatus,
} from '../../electron/ipc/contract.ts'

export type {
  AppSettings,
  AppSpending,
  CommandLineDeed,
  CommandLinePart,
  DockerContext,
  HostAnswer,
  HostCheck,
  HostChoice,
  HostMachine,
  HostMachineChange,
  HostReset,
  HostStage,
  HostStatus,
  HostUsage,
  HostWork,
  UpdateStatus,
}

/** Whether this window is the desktop's own, which can also start the engine. */
export const isDesktop = window.engineroom !== undefined

/** Tells the state of the engine's host now and at every change; never in a browser. Returns what ends it. */
export function watchHost(listener: (status: HostStatus) => void): () => void {
  const desktop = window.engineroom
  if (!desktop) return () => {}
  // What changed meanwhile is newer than the answer to the question.
  let hasChanged = false
  const stop = desktop.on('host.changed', (status) => {
    hasChanged = true
    listener(status)
  })
  desktop.call('host.status', {}).then(
    (status) => {
      if (!hasChanged) listener(status)
    },
    () => {}, // The window is closing: nobody is left to be told.
  )
  return stop
}

/** @throws Error with the desktop's words */
export async function startHost(): Promise<HostStatus | undefined> {
  return window.engineroom?.call('host.start', {})
}

/** Stops the engine and its containers. @throws Error with the desktop's words */
export async function stopHost(): Promise<HostStatus | undefined> {
  return window.engineroom?.call('host.stop', {})
}

/** Has this window show the engine that runs there: its page is loaded anew. @throws Error with the desktop's words */
export async function chooseHost(choice: HostChoice): Promise<void> {
  await window.engineroom?.call('host.choose', choice)
}

/** Where the docker command can be sent; nobody knows in a browser. @throws Error with the desktop's words */
export async function dockerContexts(): Promise<readonly DockerContext[]> {
  return (await window.engineroom?.call('host.contexts', {})) ?? []
}

/** What an engine says of itself that need not be the one in this window. @throws Error with the desktop's words */
export async function askHost(choice: HostChoice): Promise<HostAnswer | undefined> {
  return window.engineroom?.call('host.ask', choice)
}

/** What the virtual machine takes of this computer now. @throws Error with the desktop's words */
export async function hostUsage(): Promise<HostUsage | undefined> {
  return window.engineroom?.call('host.usage', {})
}

/** Restarts, repairs or erases the virtual machine. @throws Error with the desktop's words */
export async function resetHost(reset: HostReset): Promise<HostStatus | undefined> {
  return window.engineroom?.call('host.reset', reset)
}

/** What the virtual machine has, and could have. @throws Error with the desktop's words */
export async function readMachine(): Promise<HostMachine | undefined> {
  return window.engineroom?.call('host.machine', {})
}

/** Gives it that, and restarts it where it must; how that goes is in the host's work. @throws Error with the desktop's words, before anything was done */
export async function changeMachine(change: HostMachineChange): Promise<void> {
  await window.engineroom?.call('host.changeMachine', change)
}

/** Gives this computer back what the machine's disk does not use, as {@link changeMachine}. @throws Error with the desktop's words */
export async function compactMachine(): Promise<void> {
  await window.engineroom?.call('host.compact', {})
}

/** Calls work on the virtual machine off, or has the desktop forget it when it has ended. @throws Error with the desktop's words */
export async function dismissHostWork(id: number): Promise<void> {
  await window.engineroom?.call('host.dismissWork', { id })
}

/** How programs of this computer find the engine; nobody knows in a browser. @throws Error with the desktop's words */
export async function checkHost(): Promise<readonly HostCheck[]> {
  return (await window.engineroom?.call('host.checks', {})) ?? []
}

/** What is set up for the command line of this computer; nobody knows in a browser. @throws Error with the desktop's words */
export async function lookAtCommandLine(): Promise<readonly CommandLinePart[]> {
  return (await window.engineroom?.call('commandLine.look', {})) ?? []
}

/** Does what was shown of one part. @returns what there is then @throws Error with the desktop's words */
export async function changeCommandLine(id: CommandLinePart['id'], deed: CommandLineDeed): Promise<readonly CommandLinePart[]> {
  return (await window.engineroom?.call('commandLine.change', { id, deed })) ?? []
}

/** What a person chose for the app; undefined in a browser. @throws Error with the desktop's words */
export async function appSettings(): Promise<AppSettings | undefined> {
  return window.engineroom?.call('app.settings', {})
}

/** @returns all, as it is then @throws Error with the desktop's words */
export async function changeApp(changes: Partial<AppSettings>): Promise<AppSettings | undefined> {
  return window.engineroom?.call('app.change', changes)
}

/** What is known of newer versions of this program; undefined in a browser. @throws Error with the desktop's words */
export async function updateStatus(): Promise<UpdateStatus | undefined> {
  return window.engineroom?.call('updates.status', {})
}

/** Asks for one now. @returns what came of it @throws Error with the desktop's words */
export async function lookForUpdate(): Promise<UpdateStatus | undefined> {
  return window.engineroom?.call('updates.look', {})
}

/** @returns what came of it @throws Error with the desktop's words */
export async function fetchUpdate(): Promise<UpdateStatus | undefined> {
  return window.engineroom?.call('updates.fetch', {})
}

/** @returns what came of it @throws Error with the desktop's words */
export async function installUpdate(): Promise<UpdateStatus | undefined> {
  return window.engineroom?.call('updates.install', {})
}

/** Tells each change of it; never in a browser. Returns what ends it. */
export function watchUpdates(listener: (status: UpdateStatus) => void): () => void {
  return window.engineroom?.on('updates.changed', listener) ?? (() => {})
}

/** Has the engine load the image of a first container, unless it has it. @returns its name @throws Error with the desktop's words */
export async function loadFirstImage(): Promise<string> {
  return (await window.engineroom?.call('firstRun.image', {}))?.name ?? ''
}

/** Tells where the tray or a notification leads to in the page; never in a browser. */
export function watchPlace(listener: (hash: string) => void): void {
  window.engineroom?.on('place.asked', ({ hash }) => listener(hash))
}

/** What the window's processes take; undefined in a browser. @throws Error with the desktop's words */
export async function appSpending(): Promise<AppSpending | undefined> {
  return window.engineroom?.call('app.spending', {})
}

/** Opens a web address outside the window. */
export function openExternal(url: string): void {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) return
  const desktop = window.engineroom
  if (desktop) desktop.call('shell.openExternal', { url }).catch((error: unknown) => console.error('cannot open', url, error))
  else window.open(url, '_blank', 'noopener')
}
