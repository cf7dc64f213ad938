import type { AppSpending, CommandLinePart, HostMachine, HostStage, HostStatus, HostUsage, UpdateStatus } from '../../api/desktop.ts'

/** What a desktop might tell; none of it is so. */

export const HOST: HostStatus = {
  kind: 'native',
  canChoose: true,
  state: 'running',
  socketPath: '/run/engineroom/docker.sock',
  detail: '',
  remedy: '',
  lastLines: [],
  stages: [],
  canStart: true,
  canStop: false,
}

export const VM_HOST: HostStatus = { ...HOST, kind: 'vm', socketPath: '/home/example/.engineroom/run/docker.sock', canStop: true }

export const STAGES: readonly HostStage[] = [
  { name: 'assets', title: 'Look for the image of the VM', state: 'done', detail: '', startedAtMs: 0, tookMs: 40 },
  { name: 'disk', title: 'Prepare the data disk', state: 'done', detail: '', startedAtMs: 40, tookMs: 120 },
  { name: 'kernel', title: 'Boot Linux', state: 'running', detail: '/dev/vda1', startedAtMs: Date.now() - 1800 },
  { name: 'shares', title: 'Share your folders', state: 'skipped', detail: '/home/example' },
  { name: 'engine', title: 'Start the engine', state: 'waiting', detail: '' },
]

export const HOST_USAGE: HostUsage = {
  cpus: 4,
  cpuSeconds: 93,
  memory: { sizeBytes: 4_294_967_296, hostBytes: 734_003_200 },
  disk: { path: '/home/example/.engineroom/vm/default/data.qcow2', sizeBytes: 64_000_000_000, hostBytes: 5_200_000_000 },
  name: 'default',
}

export const MACHINE: HostMachine = {
  cpus: 4,
  memoryBytes: 4_294_967_296,
  diskBytes: 68_719_476_736,
  shares: ['/home/example'],
  canShare: true,
  growsWhileOn: true,
  most: { cpus: 8, memoryBytes: 17_179_869_184 },
}

export const SPENDING: AppSpending = { launchedAtMs: Date.now() - 3_600_000, processCount: 4, cpuPercent: 0.2, memoryBytes: 312_000_000 }

export const COMMAND_LINE: readonly CommandLinePart[] = [
  { id: 'context', title: 'docker context', state: 'on', detail: '/home/example/.docker', deed: 'undo', changes: ['/home/example/.docker/contexts'] },
  { id: 'socket', title: '/var/run/docker.sock', state: 'broken', detail: '/var/run', deed: 'repair', changes: ['/var/run/docker.sock'] },
  { id: 'program', title: 'engineroom', state: 'off', detail: '/home/example/.local/bin', changes: [], command: 'ln -s /opt/example/engineroom ~/.local/bin/' },
  { id: 'bash', title: 'bash', state: 'taken', detail: '/home/example/.bashrc', changes: [] },
]

export const UPDATE: UpdateStatus = {
  installedVersion: '0.0.0',
  state: 'fetched',
  version: '0.0.1',
  canInstall: true,
  command: "sudo apt install '/home/me/.config/Engineroom/updates/0.0.1/engineroom_0.0.1_amd64.deb'",
  lookedAtMs: Date.now() - 60_000,
}
