import { type Static, type TSchema, Type } from 'typebox'
import type { CallName, EventName } from './channels.ts'
import {
  DockerContextSchema,
  HostAnswerSchema,
  HostCheckSchema,
  HostChoiceSchema,
  HostMachineChangeSchema,
  HostMachineSchema,
  HostResetSchema,
  HostStatusSchema,
  HostUsageSchema,
} from './host.ts'
import { UpdateStatusSchema } from './update-status.ts'

export * from './host.ts'
export * from './update-status.ts'

/**
 * What the window can ask of the desktop, and what the desktop tells it without being asked. It stays small: what the
 * Engine API can do goes over the Engine API (`/engine/…`). Main checks every argument against these schemas at run
 * time; page and preload take the types that follow from them.
 *
 * A *terminal* is a window's taken-over connection to a terminal that the engine holds (`POST /engineroom/v1/containers/{id}/terminals`),
 * or, where the engine is another one, to an exec. Its size is set over the Engine API, too (`POST /engineroom/v1/terminals/{id}/resize/TERMINAL_ID`).
 */

/** Bytes as Electron's structured clone carries them: a Uint8Array, never a string. */
function bytes(maxLength: number) {
  return Type.Refine(
    Type.Unsafe<Uint8Array>({}),
    (value) => value instanceof Uint8Array && value.byteLength <= maxLength,
    () => `must be a Uint8Array of at most ${maxLength} bytes`,
  )
}
const MAX_WRITE_BYTES = 1024 * 1024

const Nothing = Type.Object({}, { additionalProperties: false })
const TerminalId = Type.String({ minLength: 1, maxLength: 64 })

/** What a press of the button does. */
const CommandLineDeedSchema = Type.Union([Type.Literal('set-up'), Type.Literal('repair'), Type.Literal('undo')])
export type CommandLineDeed = Static<typeof CommandLineDeedSchema>

const CommandLineId = Type.Union([
  Type.Literal('context'),
  Type.Literal('socket'),
  Type.Literal('program'),
  Type.Literal('bash'),
  Type.Literal('zsh'),
  Type.Literal('fish'),
])

/** One thing that this window can set up for the command line of this computer. */
export const CommandLinePartSchema = Type.Object({
  id: CommandLineId,
  title: Type.String(),
  /** `broken`: we set it up, and it is not so any more. `taken`: it is another's. */
  state: Type.Union([Type.Literal('on'), Type.Literal('off'), Type.Literal('broken'), Type.Literal('taken')]),
  /** What there is now. */
  detail: Type.String(),
  /** What `commandLine.change` may do about it. */
  deed: Type.Optional(CommandLineDeedSchema),
  /** What exactly that would change, a line each. */
  changes: Type.Array(Type.String()),
  /** For a shell of this computer, where this window may not. */
  command: Type.Optional(Type.String()),
})
export type CommandLinePart = Static<typeof CommandLinePartSchema>

/** What the window's own processes take. */
export const AppSpendingSchema = Type.Object({
  /** When a person started it. */
  launchedAtMs: Type.Number(),
  processCount: Type.Integer(),
  /** Of all, since the last time that was asked; 100 is one core. */
  cpuPercent: Type.Number(),
  memoryBytes: Type.Number(),
})
export type AppSpending = Static<typeof AppSpendingSchema>

/** What a person chooses for this app. */
export const AppSettingsSchema = Type.Object({
  /** The app goes on in the tray when its window is closed. */
  staysInTray: Type.Boolean(),
  /** By notifications of the desktop: a container that crashed, one that restarts again and again, a disk that fills up. */
  tellsCrashes: Type.Boolean(),
  tellsLoops: Type.Boolean(),
  tellsDisk: Type.Boolean(),
  /** The first steps were shown, or skipped. */
  hasSeenFirstRun: Type.Boolean(),
  /** Of menu, tray and notifications, and of the page, which says it. */
  language: Type.Union([Type.Literal('system'), Type.Literal('en'), Type.Literal('zh-CN')]),
  /** Whether newer versions of this program are looked for, and fetched; while it is off, nothing of it asks anybody anything. */
  updates: Type.Union([Type.Literal('off'), Type.Literal('tell'), Type.Literal('download')]),
  /** Where, `https://…`; nowhere while it is empty. */
  updateFeed: Type.String({ maxLength: 2048 }),
  /** The app opens when the person logs in. */
  opensAtLogin: Type.Boolean(),
})
export type AppSettings = Static<typeof AppSettingsSchema>

/** A registry that the docker command is logged in to. */
export const LoginSchema = Type.Object({
  /** As the docker command writes it: `https://index.docker.io/v1/`, `localhost:5000`. */
  server: Type.String(),
  username: Type.String(),
  /** The program that keeps the password; empty where it stands in config.json. */
  helper: Type.String(),
})
export type Login = Static<typeof LoginSchema>

const Server = Type.String({ pattern: '^[A-Za-z0-9:/._\\[\\]-]+$', maxLength: 256 })

const Dimension = Type.Integer({ minimum: 1, maximum: 2000 })

export const calls = {
  /** Joins a terminal of the engine's, by its id there; of an engine that holds none, starts an exec with a terminal (`isExec`). Data follows as `terminal.data`, its end as `terminal.closed`. */
  'terminal.open': {
    argument: Type.Object(
      { id: Type.String({ pattern: '^[0-9a-f]{64}$' }), isExec: Type.Boolean(), rows: Dimension, columns: Dimension },
      { additionalProperties: false },
    ),
    reply: Type.Object({ terminalId: TerminalId }),
  },
  /** Resolves once the terminal took the bytes; wait for it before you send more of a long paste. At most 1 MiB a call. */
  'terminal.write': {
    argument: Type.Object({ terminalId: TerminalId, data: bytes(MAX_WRITE_BYTES) }, { additionalProperties: false }),
    reply: Nothing,
  },
  /** Room for this many more bytes of output. The preload says it when a page took what it got; pages need not. */
  'terminal.take': {
    argument: Type.Object({ terminalId: TerminalId, bytes: Type.Integer({ minimum: 1, maximum: 16 * 1024 * 1024 }) }, { additionalProperties: false }),
    reply: Nothing,
  },
  /** Idempotent; also for a terminal that ended by itself. */
  'terminal.close': { argument: Type.Object({ terminalId: TerminalId }, { additionalProperties: false }), reply: Nothing },
  'host.status': { argument: Nothing, reply: HostStatusSchema },
  /** Starts the engine if it may; resolves with the state that came of it, never rejects because the engine failed. */
  'host.start': { argument: Nothing, reply: HostStatusSchema },
  /** Stops the engine with its containers, in order; resolves when it is off. */
  'host.stop': { argument: Nothing, reply: HostStatusSchema },
  /** Has the window show the engine that runs there, now and at its next start, and loads its page anew. The one it showed goes on. */
  'host.choose': { argument: HostChoiceSchema, reply: HostStatusSchema },
  /** Those of the docker command, the one that it has of itself first. */
  'host.contexts': { argument: Nothing, reply: Type.Array(DockerContextSchema) },
  /** Asks the engine of a host what it is, now; it need not be the one that is shown. Seconds, where nobody answers. */
  'host.ask': { argument: HostChoiceSchema, reply: HostAnswerSchema },
  /** Of a virtual machine, at this moment. @throws where there is none */
  'host.usage': { argument: Nothing, reply: HostUsageSchema },
  /** Resolves with the state that came of it. @throws where there is no virtual machine, or what was typed is not its name */
  'host.reset': { argument: HostResetSchema, reply: HostStatusSchema },
  /** Of the virtual machine. @throws where there is none */
  'host.machine': { argument: Nothing, reply: HostMachineSchema },
  /** One that is on is restarted for it, unless only its disk grows and `growsWhileOn`. @throws before anything was done, for what it cannot have */
  'host.changeMachine': { argument: HostMachineChangeSchema, reply: HostStatusSchema },
  /** Gives this computer back what the machine's disk does not use; one that is on is off meanwhile. @throws where there is none */
  'host.compact': { argument: Nothing, reply: HostStatusSchema },
  /** Calls work off that `canCancel`, or forgets what has ended; another one, or none, is left as it is. @throws where it goes on */
  'host.dismissWork': { argument: Type.Object({ id: Type.Integer() }, { additionalProperties: false }), reply: HostStatusSchema },
  /** What a program on this computer meets that looks for the engine. */
  'host.checks': { argument: Nothing, reply: Type.Array(HostCheckSchema) },
  'commandLine.look': { argument: Nothing, reply: Type.Array(CommandLinePartSchema) },
  /** Does what was shown. @throws Error where it is not as it was shown any more, or cannot be done */
  'commandLine.change': {
    argument: Type.Object({ id: CommandLineId, deed: CommandLineDeedSchema }, { additionalProperties: false }),
    reply: Type.Array(CommandLinePartSchema),
  },
  /** From the docker command's own config.json and helpers. */
  'registry.logins': { argument: Nothing, reply: Type.Array(LoginSchema) },
  /** Has the engine try it, and keeps it where `docker login` would. @throws Error with the registry's words */
  'registry.login': {
    argument: Type.Object(
      { server: Server, username: Type.String({ minLength: 1, maxLength: 256 }), password: Type.String({ minLength: 1, maxLength: 8192 }) },
      { additionalProperties: false },
    ),
    reply: Nothing,
  },
  'registry.logout': { argument: Type.Object({ server: Server }, { additionalProperties: false }), reply: Nothing },
  /** What a registry has, or the tags of a repository (`localhost:5000/team/web`), asked with what is kept for it. */
  'registry.browse': {
    argument: Type.Union([
      Type.Object({ registry: Server }, { additionalProperties: false }),
      Type.Object({ repository: Server }, { additionalProperties: false }),
    ]),
    reply: Type.Array(Type.String()),
  },
  'app.settings': { argument: Nothing, reply: AppSettingsSchema },
  /** Changes what is named. @returns all, as it is then */
  'app.change': { argument: Type.Partial(AppSettingsSchema, { additionalProperties: false }), reply: AppSettingsSchema },
  'updates.status': { argument: Nothing, reply: UpdateStatusSchema },
  /** Asks now, unless it is off. @returns what came of it */
  'updates.look': { argument: Nothing, reply: UpdateStatusSchema },
  /** Fetches what is offered. @returns what came of it */
  'updates.fetch': { argument: Nothing, reply: UpdateStatusSchema },
  'updates.install': { argument: Nothing, reply: UpdateStatusSchema },
  /** Loads the image of a first container, or pulls it where none came with this window; unless the engine has it. @returns its name */
  'firstRun.image': { argument: Nothing, reply: Type.Object({ name: Type.String() }) },
  'app.spending': { argument: Nothing, reply: AppSpendingSchema },
  /** Opens a web address in the person's browser: http and https only. */
  'shell.openExternal': {
    argument: Type.Object({ url: Type.String({ pattern: '^https?://', maxLength: 4096 }) }, { additionalProperties: false }),
    reply: Nothing,
  },
} satisfies Record<CallName, { argument: TSchema; reply: TSchema }>

export const events = {
  'terminal.data': Type.Object({ terminalId: TerminalId, data: bytes(MAX_WRITE_BYTES) }),
  /** `reason` is there when it broke off, absent when the command ended. */
  'terminal.closed': Type.Object({ terminalId: TerminalId, reason: Type.Optional(Type.String()) }),
  'host.changed': HostStatusSchema,
  'updates.changed': UpdateStatusSchema,
  /** Something outside of the page leads to a place in it, as its address has it: `#/containers/4f1c…/logs`. */
  'place.asked': Type.Object({ hash: Type.String() }),
} satisfies Record<EventName, TSchema>

export type Argument<C extends CallName> = Static<(typeof calls)[C]['argument']>
export type Reply<C extends CallName> = Static<(typeof calls)[C]['reply']>
export type EventOf<E extends EventName> = Static<(typeof events)[E]>

/** What main must be able to do; an object of this type does not compile while one is missing. */
export type Calls = { [C in CallName]: (argument: Argument<C>) => Promise<Reply<C>> }

/** `window.engineroom`: there in the desktop window, undefined in a browser. */
export interface DesktopBridge {
  readonly platform: 'linux' | 'darwin' | 'win32'
  /** Rejects with an Error whose message is meant for a person. */
  call<C extends CallName>(name: C, argument: Argument<C>): Promise<Reply<C>>
  /**
   * Returns what ends the subscription. A listener of `terminal.data` may return a promise, e.g. of xterm's `write`
   * callback: more output comes when it is kept, so that a flood waits in the container and not in the page.
   */
  on<E extends EventName>(event: E, listener: (event: EventOf<E>) => void | Promise<void>): () => void
}

/** How the outcome of a call crosses: Electron itself would keep no more of an error than a mangled message. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }
