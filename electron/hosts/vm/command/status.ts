import { describeStopped } from '../describe-vm.ts'
import { settingsOf } from '../settings.ts'
import { formatSize } from '../size.ts'
import type { VmStatus } from '../status.ts'
import { lastFailure } from '../supervisor/last-failure.ts'
import type { CommandParts } from './parts.ts'

/** `engineroom vm status`. The exit code says whether it runs: 0, else 3. */
export async function status({ control, folder, options, terminal }: CommandParts): Promise<number> {
  const settings = await settingsOf(folder)
  const now = (await control.status()) ?? (await describeStopped(settings, folder, await lastFailure(folder.lastFailure)))
  if (options.json) terminal.print(JSON.stringify(now, undefined, 2))
  else for (const line of statusLines(now)) terminal.print(line)
  return now.state === 'running' ? 0 : 3
}

/** For people. */
export function statusLines({
  name,
  state,
  stage,
  socket,
  accelerator,
  cpus,
  memory,
  cpu,
  disk,
  suspended,
  shares,
  hostNetwork,
  runningSince,
  crashes,
  failure,
  hint,
}: VmStatus): string[] {
  const spent = (bytes: number | undefined) => (bytes === undefined ? '' : `, ${formatSize(bytes)} of this computer`)
  const rows: (readonly [string, string | undefined])[] = [
    ['name', name],
    ['state', stage && state !== 'running' ? `${state} (${stage})` : state],
    ['since', runningSince],
    ['socket', state === 'running' ? `unix://${socket}` : undefined],
    ['cpus', accelerator ? `${cpus} (${accelerator})${cpu.seconds === undefined ? '' : `, ${cpu.seconds} s of this computer spent`}` : String(cpus)],
    ['memory', formatSize(memory.sizeBytes) + spent(memory.hostBytes)],
    ['disk', `${formatSize(disk.sizeBytes)}${spent(disk.hostBytes)}, in ${disk.path}`],
    ['moves', disk.movesTo && `the disk is being moved to ${disk.movesTo}`],
    ['kept', suspended && `${formatSize(suspended.bytes)} in ${suspended.path}, since ${suspended.since}`],
    ['shares', shares.join(', ') || 'none'],
    ['network', hostNetwork ? '--network host has the localhost of this computer' : undefined],
    ['crashes', crashes > 0 ? String(crashes) : undefined],
    ['failure', failure?.cause],
    ['remedy', failure?.remedy || undefined],
    ['hint', hint],
  ]
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [`${label.padEnd(8)}${value}`]))
}
