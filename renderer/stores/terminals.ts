import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import { isLive } from '../api/containers.ts'
import { TerminalSession } from '../composables/terminal-session.ts'
import { useContainers } from './containers.ts'

/** The open shells, one a container at most. */
export const useTerminals = defineStore('terminals', () => {
  const containers = useContainers()
  const sessions = shallowReactive(new Map<string, TerminalSession>())

  /** The shell of a container; a new one when there is none. */
  function sessionOf(containerId: string): TerminalSession {
    const known = sessions.get(containerId)
    if (known) return known
    const session = new TerminalSession(containerId)
    sessions.set(containerId, session)
    return session
  }

  /** Ends a container's screen; the next `sessionOf` finds its shell if that goes on, and begins anew if not. */
  function close(containerId: string): void {
    sessions.get(containerId)?.dispose()
    sessions.delete(containerId)
  }

  function restyle(): void {
    for (const session of sessions.values()) session.screen.restyle()
  }

  // The screens of containers that are gone, or ran out, are of no use to anyone.
  watch(
    () => [...sessions.keys()].filter((id) => !isLive(containers.rows.get(id)?.state ?? 'dead')),
    (ended) => ended.forEach(close),
  )

  return { sessions, sessionOf, close, restyle }
})
