import type { IncomingHttpHeaders } from 'node:http'

/** `pull` and `push` are for repositories, `*` for the catalog. */
export type Action = 'pull' | 'push' | 'delete' | '*'

/** Something that a request wants to do. @see docker's "Token Scope Documentation" */
export interface Access {
  readonly type: 'repository' | 'registry'
  readonly name: string
  readonly actions: readonly Action[]
}

/** Decides who may do what. */
export interface Authority {
  /**
   * @returns the name of the account; empty when anybody may
   * @throws RegistryError `UNAUTHORIZED` with the challenge that tells clients what to bring
   */
  admit(headers: IncomingHttpHeaders, wanted: readonly Access[]): Promise<string>
}

/** Everybody may do everything. */
export const OPEN: Authority = { admit: async () => '' }
