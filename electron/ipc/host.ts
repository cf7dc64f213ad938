import { type Static, Type } from 'typebox'
import { type Stage, StageSchema } from '../hosts/vm/boot/stages.ts'

/** What main and page tell each other of where the engine runs. */

/** Where an engine of ours runs: as a daemon on this computer, or in a virtual machine of its own. */
export const OwnHostKindSchema = Type.Union([Type.Literal('native'), Type.Literal('vm')])
export type OwnHostKind = Static<typeof OwnHostKindSchema>
/** Or where somebody's engine does, as a context of the docker command says. */
export const HostKindSchema = Type.Union([OwnHostKindSchema, Type.Literal('context')])
export type HostKind = Static<typeof HostKindSchema>

const ContextName = Type.String({ minLength: 1, maxLength: 256 })
export const HostChoiceSchema = Type.Union([
  Type.Object({ kind: OwnHostKindSchema }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('context'), name: ContextName }, { additionalProperties: false }),
])
export type HostChoice = Static<typeof HostChoiceSchema>

/** An engine that the docker command can be sent to. */
export const DockerContextSchema = Type.Object({
  name: Type.String(),
  /** `unix:///run/docker.sock`, `tcp://build:2376`, `ssh://me@build` … */
  host: Type.String(),
  /** What its maker says of it; may be empty. */
  about: Type.String(),
})
export type DockerContext = Static<typeof DockerContextSchema>

/** What came of asking an engine what it is. */
export const HostAnswerSchema = Type.Union([
  /** Of `GET /version`. @see Engine API 1.51 SystemVersion */
  Type.Object({ version: Type.Unknown() }),
  /** Why nobody answered, and what to do about it, where that is known. */
  Type.Object({ absence: Type.String(), remedy: Type.String() }),
])
export type HostAnswer = Static<typeof HostAnswerSchema>

/** A step of a start that has several. */
export type HostStage = Stage

/**
 * Long work on a virtual machine. It is the desktop's, not the page's: a page that is loaded anew finds it, or what came of it, until
 * somebody has dismissed it.
 */
export const HostWorkSchema = Type.Object({
  id: Type.Integer(),
  kind: Type.Union([
    Type.Literal('start'),
    Type.Literal('restart'),
    Type.Literal('repair'),
    Type.Literal('erase'),
    Type.Literal('change'),
    Type.Literal('compact'),
  ]),
  phase: Type.Union([Type.Literal('working'), Type.Literal('done'), Type.Literal('failed')]),
  /** Whether `host.dismissWork` calls it off now: a boot, once there is a machine to switch off. */
  canCancel: Type.Boolean(),
  /** Why it has failed; empty otherwise. */
  error: Type.String(),
  /** To this computer, by `compact`. */
  givenBackBytes: Type.Optional(Type.Integer()),
})
export type HostWork = Static<typeof HostWorkSchema>

export const HostStatusSchema = Type.Object({
  kind: HostKindSchema,
  /** Whether `host.choose` may ask for another kind. */
  canChoose: Type.Boolean(),
  /** Which one, of kind `context`; its host is empty until it was looked up. */
  context: Type.Optional(Type.Object({ name: Type.String(), host: Type.String() })),
  /** The file in which an administrator forbids it, where it could. */
  choiceLockedBy: Type.Optional(Type.String()),
  state: Type.Union([Type.Literal('running'), Type.Literal('starting'), Type.Literal('stopping'), Type.Literal('stopped'), Type.Literal('failed')]),
  /** The unix socket that the window's `/engine/…` leads to. */
  socketPath: Type.String(),
  /** Why, in a sentence for a person; empty while all is well. */
  detail: Type.String(),
  /** What to do about it; empty when nobody knows, or nothing is wrong. */
  remedy: Type.String(),
  /** What was heard last of what failed, in its own words. */
  lastLines: Type.Array(Type.String()),
  /** Of a start with steps; none of one without. */
  stages: Type.Array(StageSchema),
  /** The last that was begun here, unless it was dismissed. */
  work: Type.Optional(HostWorkSchema),
  /** What is worth doing, though nothing is wrong. */
  hint: Type.Optional(Type.String()),
  /** Whether `host.start` knows how. */
  canStart: Type.Boolean(),
  /** Whether `host.stop` does, in this state or another. */
  canStop: Type.Boolean(),
})
export type HostStatus = Static<typeof HostStatusSchema>

/** What a host really takes of this computer; of what is absent nobody knows. */
export const HostUsageSchema = Type.Object({
  cpus: Type.Integer(),
  /** Since it was powered on. */
  cpuSeconds: Type.Optional(Type.Number()),
  memory: Type.Object({ sizeBytes: Type.Integer(), hostBytes: Type.Optional(Type.Integer()) }),
  disk: Type.Object({ path: Type.String(), sizeBytes: Type.Integer(), hostBytes: Type.Optional(Type.Integer()) }),
  /** What has to be typed before it is erased. */
  name: Type.String(),
})
export type HostUsage = Static<typeof HostUsageSchema>

/** What a virtual machine has, from its next start on, and what it could have. */
export const HostMachineSchema = Type.Object({
  cpus: Type.Integer(),
  memoryBytes: Type.Integer(),
  diskBytes: Type.Integer(),
  /** Folders of this computer that it has at the same paths. */
  shares: Type.Array(Type.String()),
  canShare: Type.Boolean(),
  /** A larger disk needs no restart. */
  growsWhileOn: Type.Boolean(),
  /** Of this computer. */
  most: Type.Object({ cpus: Type.Integer(), memoryBytes: Type.Integer() }),
})
export type HostMachine = Static<typeof HostMachineSchema>

/** What is absent stays. */
export const HostMachineChangeSchema = Type.Object(
  {
    cpus: Type.Optional(Type.Integer({ minimum: 1, maximum: 999 })),
    memoryBytes: Type.Optional(Type.Integer({ minimum: 1 })),
    diskBytes: Type.Optional(Type.Integer({ minimum: 1 })),
    shares: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { maxItems: 64 })),
  },
  { additionalProperties: false },
)
export type HostMachineChange = Static<typeof HostMachineChangeSchema>

/** In three sizes; repair keeps images, containers and volumes, erase nothing. */
export const HostResetSchema = Type.Union([
  Type.Object({ size: Type.Union([Type.Literal('restart'), Type.Literal('repair')]) }, { additionalProperties: false }),
  Type.Object({ size: Type.Literal('erase'), typedName: Type.String({ maxLength: 64 }) }, { additionalProperties: false }),
])
export type HostReset = Static<typeof HostResetSchema>

/** What this computer's programs need to find the engine; the engine's own checks look the same. */
export const HostCheckSchema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  state: Type.Union([Type.Literal('ok'), Type.Literal('warn'), Type.Literal('fail')]),
  detail: Type.String(),
  fix: Type.String(),
  /** For a shell of this computer. */
  command: Type.Optional(Type.String()),
})
export type HostCheck = Static<typeof HostCheckSchema>
