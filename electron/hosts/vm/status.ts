import { type Static, Type } from 'typebox'
import { StageSchema } from './boot/stages.ts'
import { FailureSchema } from './vm-state.ts'

/** All that is known of a VM, in one object: `vm status --json`, and what the supervisor tells. */
export const VmStatusSchema = Type.Object({
  name: Type.String(),
  state: Type.Union([
    Type.Literal('stopped'),
    Type.Literal('starting'),
    Type.Literal('running'),
    Type.Literal('stopping'),
    Type.Literal('suspending'),
    Type.Literal('suspended'),
    Type.Literal('waiting'),
    Type.Literal('failed'),
  ]),
  /** The stage of the boot that is running, or that failed. */
  stage: Type.Optional(Type.String()),
  stages: Type.Array(StageSchema),
  /** For docker clients. */
  socket: Type.String(),
  driver: Type.String(),
  accelerator: Type.Optional(Type.String()),
  cpus: Type.Integer(),
  memory: Type.Object({
    sizeBytes: Type.Integer(),
    /** What the machine takes of the host now. */
    hostBytes: Type.Optional(Type.Integer()),
  }),
  /** Spent since it was powered on. */
  cpu: Type.Object({ seconds: Type.Optional(Type.Number()) }),
  disk: Type.Object({
    path: Type.String(),
    sizeBytes: Type.Integer(),
    /** What its file takes on the host now. */
    hostBytes: Type.Optional(Type.Integer()),
    /** While it is being moved. */
    movesTo: Type.Optional(Type.String()),
  }),
  /** What a suspended guest had in memory, in a file. */
  suspended: Type.Optional(Type.Object({ path: Type.String(), bytes: Type.Integer(), since: Type.String() })),
  /** Folders of the host that the guest has at the same paths. */
  shares: Type.Array(Type.String()),
  /** Whether containers with `--network host` have the localhost of the host. */
  hostNetwork: Type.Optional(Type.Boolean()),
  runningSince: Type.Optional(Type.String()),
  /** Of the machine, on the host. */
  pid: Type.Optional(Type.Integer()),
  /** How often it went off by itself since it was started. */
  crashes: Type.Integer(),
  failure: Type.Optional(FailureSchema),
  /** What is worth doing, though nothing is wrong: of an image with an older engine. */
  hint: Type.Optional(Type.String()),
})
export type VmStatus = Static<typeof VmStatusSchema>
