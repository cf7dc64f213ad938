import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import { isLive } from '../api/containers.ts'
import { TerminalSession } from '../composables/terminal-session.ts'
import { useContainers } from './containers.ts'
import { useEngine } from './engine.ts'

/** Which shell of a container: one of its image's, or one with the engine's own tools. */
export interface ShellOf {
  readonly containerId: string
  readonly isDebug: boolean
}

/** The open shells, one of each kind a container at most. */
export const useTerminals = defineStore('terminals', () => {
  const containers = useContainers()
  const engine = useEngine()
  const sessions = shallowReactive(new Map<string, TerminalSession>())

  function find({ containerId, isDebug }: ShellOf): TerminalSession | undefined {
    return sessions.get(keyOf(containerId, isDebug))
  }

  /** The shell of a container; a new one when there is none. */
  function sessionOf(shell: ShellOf): TerminalSession {
    const known = find(shell)
    if (known) return known
    const session = new TerminalSession(shell.containerId, shell.isDebug, engine.isOthers)
    sessions.set(keyOf(shell.containerId, shell.isDebug), session)
    return session
  }

  /** Ends a screen; the next `sessionOf` finds its shell if that goes on, and begins anew if not. */
  function close({ containerId, isDebug }: ShellOf): void {
    find({ containerId, isDebug })?.dispose()
    sessions.delete(keyOf(containerId, isDebug))
  }

  function restyle(): void {
    for (const session of sessions.values()) session.screen.restyle()
  }

  // The screens of containers that are gone, or ran out, are of no use to anyone.
  watch(
    () => [...sessions.keys()].map(containerIn).filter((id) => !isLive(containers.rows.get(id)?.state ?? 'dead')),
    (ended) => {
      for (const containerId of ended) for (const isDebug of [false, true]) close({ containerId, isDebug })
    },
  )

  return { find, sessionOf, close, restyle }
})

function keyOf(containerId: string, isDebug: boolean): string {
  return isDebug ? `${containerId} debug` : containerId
}

function containerIn(key: string): string {
  return key.split(' ', 1)[0] ?? ''
}
