import type { Heredoc } from './logical-line.ts'
import type { Escape } from './words.ts'

/** A command as it was written: words, or a line for the shell. */
export type CommandForm = { readonly form: 'exec'; readonly words: readonly string[] } | { readonly form: 'shell'; readonly line: string }

/** Flags of an instruction in order: `--from=build` is `['from', 'build']`, `--link` is `['link', 'true']`. */
export type Flags = readonly (readonly [name: string, value: string])[]

export interface Place {
  /** Line of the Dockerfile, from 1. */
  readonly line: number
  /** Where it ends, its documents included. */
  readonly lastLine: number
  /** The instruction as one line, for people. */
  readonly source: string
  /** What takes the meaning from the character after it. */
  readonly escaping: Escape
}

/**
 * One instruction, its syntax checked, its variables not yet replaced.
 * @see Dockerfile reference
 */
export type Instruction = Place &
  (
    | { readonly name: 'FROM'; readonly image: string; readonly platform: string | undefined; readonly alias: string | undefined }
    | { readonly name: 'ARG'; readonly pairs: readonly (readonly [name: string, value: string | undefined])[] }
    | { readonly name: 'ENV' | 'LABEL'; readonly pairs: readonly (readonly [name: string, value: string])[] }
    | { readonly name: 'RUN'; readonly command: CommandForm; readonly flags: Flags; readonly heredocs: readonly Heredoc[] }
    | {
        readonly name: 'COPY' | 'ADD'
        readonly sources: readonly string[]
        readonly target: string
        readonly flags: Flags
        readonly heredocs: readonly Heredoc[]
      }
    | { readonly name: 'CMD' | 'ENTRYPOINT'; readonly command: CommandForm }
    | { readonly name: 'SHELL'; readonly words: readonly string[] }
    | { readonly name: 'EXPOSE' | 'VOLUME'; readonly words: readonly string[] }
    | { readonly name: 'USER' | 'WORKDIR' | 'STOPSIGNAL' | 'MAINTAINER'; readonly text: string }
    | { readonly name: 'ONBUILD'; readonly trigger: string }
    | { readonly name: 'HEALTHCHECK'; readonly flags: Flags; readonly test: CommandForm | 'NONE' }
  )

export type InstructionName = Instruction['name']

/** The instruction of one name. */
export type InstructionOf<N extends InstructionName> = Instruction extends infer I
  ? I extends { readonly name: infer M }
    ? N extends M
      ? I & { readonly name: N }
      : never
    : never
  : never
