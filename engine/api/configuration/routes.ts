import { Type } from 'typebox'
import type { Route } from '../router.ts'

const PATH = '/engineroom/v1/configuration'

const Wish = Type.Object({ values: Type.Record(Type.String(), Type.Unknown()) })

export interface SettingView {
  readonly key: string
  readonly title: string
  readonly help: string
  readonly kind: 'texts' | 'text' | 'choice' | 'count' | 'flag'
  readonly choices?: readonly string[]
  readonly applies: 'at-once' | 'at-restart'
  /** In daemon.json, or locked; absent where nobody says anything. */
  readonly value?: unknown
  /** The file in which an administrator has locked it. */
  readonly managedBy?: string
  /** What counts while daemon.json says nothing, by an administrator's word. */
  readonly preset?: unknown
  /** On the engine's command line, where it cannot be changed. */
  readonly flag?: string
  /** It is in the file, and counts from the next start. */
  readonly isWaiting: boolean
}

export interface SettingsView {
  readonly path: string
  /** Why nothing can be changed; empty when it can. */
  readonly lock: string
  readonly settings: readonly SettingView[]
  /** What else the file says. */
  readonly others: readonly string[]
  /** Something in the file counts from the next start, whichever key it is. */
  readonly isWaiting: boolean
}

export interface SettingChange {
  readonly key: string
  readonly applies: 'at-once' | 'at-restart'
}

/** daemon.json as it stands. */
export interface FileView {
  readonly path: string
  readonly text: string
  /** Why it cannot be changed; empty when it can. */
  readonly lock: string
  /** Where the file before is kept when another is saved. */
  readonly backupPath: string
  /** Whatever the file says, an administrator says these; and in which file. */
  readonly managed?: { readonly by: string; readonly keys: readonly string[] }
}

export interface FileFault {
  readonly message: string
  /** At the top of the file. */
  readonly key?: string
  /** From 1. */
  readonly line?: number | undefined
}

/** What a whole new file would do. It is not saved while there are faults. */
export interface FilePlan {
  readonly faults: readonly FileFault[]
  readonly changes: readonly SettingChange[]
  /** What a person should know before. */
  readonly warnings: readonly string[]
}

const Text = Type.String({ maxLength: 1_000_000 })
const FileWish = Type.Object({ text: Text })
const FileOverWish = Type.Object({ text: Text, was: Text })

/** What these routes need of the daemon; values are by key, `null` for one that is to go. */
export interface Settings {
  view(): SettingsView
  plan(values: Readonly<Record<string, unknown>>): SettingChange[]
  apply(values: Readonly<Record<string, unknown>>): Promise<SettingChange[]>
  file(): FileView
  planFile(text: string): FilePlan
  /** @param was what the file said when somebody began to edit it */
  applyFile(text: string, was: string): Promise<FilePlan>
}

/** Our own, docker has none of it: daemon.json, shown and changed; `plan` only says what a change would do. */
export function configurationRoutes(settings: Settings, restart: () => void): Route[] {
  return [
    { method: 'GET', path: PATH, handler: (call) => call.json(200, settings.view()) },
    { method: 'POST', path: `${PATH}/plan`, handler: async (call) => call.json(200, settings.plan((await call.body(Wish)).values)) },
    { method: 'PUT', path: PATH, handler: async (call) => call.json(200, await settings.apply((await call.body(Wish)).values)) },
    { method: 'GET', path: `${PATH}/file`, handler: (call) => call.json(200, settings.file()) },
    { method: 'POST', path: `${PATH}/file/plan`, handler: async (call) => call.json(200, settings.planFile((await call.body(FileWish)).text)) },
    {
      method: 'PUT',
      path: `${PATH}/file`,
      async handler(call) {
        const { text, was } = await call.body(FileOverWish)
        call.json(200, await settings.applyFile(text, was))
      },
    },
    {
      method: 'POST',
      path: '/engineroom/v1/restart',
      /** Containers run on. */
      handler(call) {
        call.response.once('close', restart)
        call.json(202, {})
      },
    },
  ]
}
