import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { lastLinesOf } from '../last-lines.ts'
import { PlainError } from '../plain-error.ts'
import { refuseWhileOwned } from './own-vm.ts'
import { supervisorProgram } from './programs.ts'
import type { ControlClient } from './supervisor/control-client.ts'
import { EXIT_CODE_HELD } from './supervisor/exit-code.ts'
import type { VmFolder } from './vm-folder.ts'

/** A process that only has to open a socket. */
const DEADLINE_MS = 20_000
const LOOK_AGAIN_MS = 30

/**
 * Starts the process that owns the VM and boots it; it outlives us.
 * @throws PlainError when it does not come up
 */
export async function startSupervisor(folder: VmFolder, control: ControlClient): Promise<void> {
  const [program, ...args] = supervisorProgram(folder.name)
  const log = openSync(folder.supervisorLog, 'w', 0o600)
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: folder.folder })
  closeSync(log)
  let end: string | undefined
  child.once('error', (error) => (end = error.message))
  child.once('exit', (code, signal) => (end = `it ended (${signal ?? `exit code ${code}`})`))
  child.unref()
  const deadline = Date.now() + DEADLINE_MS
  while (!(await control.status())) {
    // One that failed within a moment has left the reason; the next status tells it.
    if (end === 'it ended (exit code 0)') return
    // Who asked for the same VM at the same time was quicker, and will answer soon.
    if (end === `it ended (exit code ${EXIT_CODE_HELD})`) {
      await refuseWhileOwned(folder)
      end = undefined
    }
    if (end !== undefined || Date.now() > deadline) {
      const words = lastLinesOf(folder.supervisorLog)
      throw new PlainError(`The supervisor of the VM did not start: ${end ?? 'it does not answer'}. ${words}`.trim(), `Its log: ${folder.supervisorLog}`)
    }
    await delay(LOOK_AGAIN_MS)
  }
}
