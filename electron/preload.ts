import { contextBridge, ipcRenderer } from 'electron'
import { CALL_NAMES, type CallName, channelOf, EVENT_NAMES, type EventName } from './ipc/channels.ts'
import type { Argument, DesktopBridge, EventOf, Outcome, Reply } from './ipc/contract.ts'

/** Output that may be on its way to the page before main waits for it. */
const TERMINAL_WINDOW_BYTES = 512 * 1024

type Listeners = { readonly [E in EventName]: Set<(event: EventOf<E>) => void | Promise<void>> }
const listeners: Listeners = {
  'terminal.data': new Set(),
  'terminal.closed': new Set(),
  'host.changed': new Set(),
  'updates.changed': new Set(),
  'place.asked': new Set(),
}

for (const name of EVENT_NAMES) receive(name)

const bridge: DesktopBridge = {
  platform: process.platform as DesktopBridge['platform'],
  async call(name, argument) {
    const reply = await invoke(name, argument)
    // The page learns the terminal's id before the first output: its continuation runs before any timer.
    if (name === 'terminal.open') setTimeout(take, 0, (reply as Reply<'terminal.open'>).terminalId, TERMINAL_WINDOW_BYTES)
    return reply
  },
  on(name, listener) {
    const known = listenersOf(name)
    known.add(listener)
    return () => void known.delete(listener)
  },
}

contextBridge.exposeInMainWorld('engineroom', bridge)

async function invoke<C extends CallName>(name: C, argument: Argument<C>): Promise<Reply<C>> {
  if (!CALL_NAMES.includes(name)) throw new Error(`The desktop has no call ${name}.`)
  const outcome: Outcome<Reply<C>> = await ipcRenderer.invoke(channelOf(name), argument)
  if (!outcome.ok) throw new Error(outcome.message)
  return outcome.value
}

function receive<E extends EventName>(name: E): void {
  ipcRenderer.on(channelOf(name), async (_sender, event: EventOf<E>) => {
    await Promise.allSettled([...listenersOf(name)].map(async (listener) => listener(event)))
    if (name === 'terminal.data') {
      const { terminalId, data } = event as EventOf<'terminal.data'>
      take(terminalId, data.byteLength)
    }
  })
}

function listenersOf<E extends EventName>(name: E): Listeners[E] {
  if (!EVENT_NAMES.includes(name)) throw new Error(`The desktop has no event ${name}.`)
  return listeners[name]
}

function take(terminalId: string, bytes: number): void {
  // It may have ended meanwhile; then nobody waits for room.
  invoke('terminal.take', { terminalId, bytes }).catch(() => undefined)
}
