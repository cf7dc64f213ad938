import { type Static, Type } from 'typebox'

/** A boot, in its order. */
export const BOOT_STAGES = ['assets', 'disk', 'vm', 'kernel', 'data', 'network', 'shares', 'engine', 'forward'] as const
/** A suspended guest goes on. */
export const RESUME_STAGES = ['assets', 'disk', 'load', 'forward'] as const
export const STAGE_NAMES = [...new Set([...BOOT_STAGES, ...RESUME_STAGES])]
export type StageName = (typeof STAGE_NAMES)[number]

interface StageText {
  /** What happens, for the progress list. */
  readonly title: string
  readonly deadlineMs: number
  /** What to do when nobody knows better. */
  readonly remedy: string
}

/** An emulated processor is some thirty times slower than a real one; the deadlines are for it. */
export const STAGES: Readonly<Record<StageName, StageText>> = {
  // It is made when there is none: packages are fetched, and packed.
  assets: { title: 'Look for the image of the VM', deadlineMs: 20 * 60_000, remedy: 'Make it with: engineroom vm build' },
  disk: { title: 'Prepare the data disk', deadlineMs: 60_000, remedy: 'Is there room on the disk?' },
  vm: { title: 'Power the machine on', deadlineMs: 90_000, remedy: 'Read the last lines with: engineroom vm logs' },
  // It boots when these fail.
  load: { title: 'Load what the guest had in memory', deadlineMs: 120_000, remedy: '' },
  kernel: { title: 'Boot Linux', deadlineMs: 60_000, remedy: 'Try again with: engineroom vm reset restart. If it stays so: engineroom vm reset repair' },
  data: { title: 'Mount the data disk', deadlineMs: 300_000, remedy: 'Look for damage with: engineroom vm reset repair' },
  network: { title: "Bring up the guest's network", deadlineMs: 30_000, remedy: 'Try again with: engineroom vm reset restart' },
  shares: { title: 'Share your folders', deadlineMs: 30_000, remedy: 'Name other folders: engineroom vm start --share DIR, or none: --share none' },
  engine: { title: 'Start the engine', deadlineMs: 120_000, remedy: 'Its log is in: engineroom vm logs' },
  forward: { title: 'Open the socket on this computer', deadlineMs: 30_000, remedy: 'Does another program use the socket?' },
}

export const StageSchema = Type.Object({
  name: Type.Enum(STAGE_NAMES),
  title: Type.String(),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('running'), Type.Literal('done'), Type.Literal('failed'), Type.Literal('skipped')]),
  /** What it says about itself now, or said last; of `skipped`, why it failed when that is no matter. */
  detail: Type.String(),
  /** In milliseconds of the epoch; unless it is waiting. */
  startedAtMs: Type.Optional(Type.Integer()),
  /** Of `done`, `failed` and `skipped`. */
  tookMs: Type.Optional(Type.Integer()),
})
export type Stage = Static<typeof StageSchema>

export function stagesBeforeBoot(): Stage[] {
  return BOOT_STAGES.map(waiting)
}

export function waiting(name: StageName): Stage {
  return { name, title: STAGES[name].title, state: 'waiting', detail: '' }
}
