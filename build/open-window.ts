import { spawn } from 'node:child_process'
import { type DesktopRequest, desktopCommand } from './desktop-command.ts'
import { print, say } from './talk.ts'

export function hasDisplay(): boolean {
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/** The window is the person's to close; the engine goes on without it. */
export async function openWindow(request: DesktopRequest): Promise<void> {
  const { command, args, env } = await desktopCommand({ ...request, say })
  spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore', detached: true }).unref()
  print('  window        opening on your display')
}
