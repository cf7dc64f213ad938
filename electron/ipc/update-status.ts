import { type Static, Type } from 'typebox'

/** What is known of newer versions of this program. */
export const UpdateStatusSchema = Type.Object({
  installedVersion: Type.String(),
  /**
   * `no-key`: this program was made without one, and could not tell a good release from a bad one. `waiting`: there is a newer one,
   * which goes to some computers first. `offered`, `fetching`, `fetched`, `installing`: there is a newer one. `installed`: it has taken
   * this one's place, which runs on until it is quit.
   */
  state: Type.Union([
    Type.Literal('off'),
    Type.Literal('no-key'),
    Type.Literal('no-address'),
    Type.Literal('looking'),
    Type.Literal('current'),
    Type.Literal('waiting'),
    Type.Literal('offered'),
    Type.Literal('fetching'),
    Type.Literal('fetched'),
    Type.Literal('installing'),
    Type.Literal('installed'),
    Type.Literal('failed'),
  ]),
  /** The newer one. */
  version: Type.Optional(Type.String()),
  notes: Type.Optional(Type.String()),
  /** Why it has failed. */
  detail: Type.Optional(Type.String()),
  lookedAtMs: Type.Optional(Type.Number()),
  /** Whether `updates.fetch` may fetch it; not where the system's own tools bring it. */
  canFetch: Type.Optional(Type.Boolean()),
  /** Whether `updates.install` may install it: once a person has been asked for the administrator's password. */
  canInstall: Type.Optional(Type.Boolean()),
  /** How much of it has come, of 100, and how large it is. */
  percent: Type.Optional(Type.Integer()),
  totalBytes: Type.Optional(Type.Integer()),
  /** For a shell: installs it. */
  command: Type.Optional(Type.String()),
  /** The file in which an administrator chose, whether, and where. */
  lockedBy: Type.Optional(Type.String()),
  feedLockedBy: Type.Optional(Type.String()),
})
export type UpdateStatus = Static<typeof UpdateStatusSchema>
