import type { BuildPlan } from '../../build/stages.ts'
import { type BuildArgs, GlobalArgs } from '../../build/variables.ts'
import type { Instruction } from '../../dockerfile/instruction.ts'
import { expandWord } from '../../dockerfile/words.ts'
import { docComment } from './doc-comment.ts'
import type { OutlineArg } from './outline.ts'

/** Arguments before the first FROM, and which of them the default of each is made of. */
export type KnownArgs = ReadonlyMap<string, { readonly arg: OutlineArg; readonly madeOf: readonly string[] }>

/** @throws EngineError `invalid` for a mistake in a default */
export function readGlobalArgs({ globalArgs }: BuildPlan, buildArgs: BuildArgs, dockerfile: string): KnownArgs {
  const globals = new GlobalArgs(buildArgs)
  const known = new Map<string, { arg: OutlineArg; madeOf: readonly string[] }>()
  for (const instruction of globalArgs) {
    const madeOf = instruction.pairs.map(([name, fallback]) =>
      buildArgs[name] === undefined && fallback !== undefined ? namesIn(fallback, instruction, (one) => globals.get(one)) : [],
    )
    globals.declare(instruction)
    for (const [index, [name]] of instruction.pairs.entries()) {
      const description = docComment(name, instruction, dockerfile)
      // `ARG A=$A-more` is made of what the one before was made of.
      const others = (madeOf[index] ?? []).flatMap((one) => (one === name ? (known.get(name)?.madeOf ?? []) : [one]))
      known.set(name, { arg: { name, description, value: globals.get(name) ?? '', at: instruction }, madeOf: others })
    }
  }
  return known
}

/** Variables in a word that have a value. */
export function namesIn(word: string, { escaping }: Pick<Instruction, 'escaping'>, lookup: (name: string) => string | undefined): string[] {
  const names: string[] = []
  expandWord(
    word,
    (name) => {
      const value = lookup(name)
      if (value !== undefined) names.push(name)
      return value
    },
    escaping,
  )
  return names
}
