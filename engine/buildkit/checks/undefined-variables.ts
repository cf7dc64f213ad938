import type { Stage } from '../../build/stages.ts'
import type { BuildArgs, GlobalArgs } from '../../build/variables.ts'
import type { Instruction } from '../../dockerfile/instruction.ts'
import { nearest } from '../../dockerfile/suggestion.ts'
import { expandWord } from '../../dockerfile/words.ts'
import type { Finding } from './check.ts'

/** Names that a stage knows, which those that begin with it know, too. */
export interface StageNames {
  /** Of variables that have a value. */
  readonly environment: readonly string[]
  /** Declared by ARG, with a value or without. */
  readonly args: readonly string[]
}

/** Finds variables of a stage that nobody has set before. @param known before its first step */
export function undefinedVariables(
  { steps }: Stage,
  known: StageNames,
  globals: GlobalArgs,
  buildArgs: BuildArgs,
): { readonly findings: readonly Finding[]; readonly atEnd: StageNames } {
  const environment = new Set(known.environment)
  const args = new Set(known.args)
  const findings: Finding[] = []
  for (const step of steps) {
    const missing = new Set(wordsOf(step, buildArgs).flatMap((word) => namesIn(word, step)))
    for (const name of missing) {
      if (environment.has(name) || args.has(name)) continue
      const meant = nearest(name, [...environment])
      const detail = `Usage of undefined variable '$${name}'${meant === undefined ? '' : ` (did you mean $${meant}?)`}`
      findings.push({ rule: 'UndefinedVar', detail, first: step.line, last: step.lastLine })
    }
    if (step.name === 'ENV') for (const [name] of step.pairs) environment.add(name)
    if (step.name !== 'ARG') continue
    for (const [name, fallback] of step.pairs) {
      args.add(name)
      if ((fallback ?? buildArgs[name] ?? globals.get(name)) !== undefined) environment.add(name)
    }
  }
  return { findings, atEnd: { environment: [...environment], args: [...args] } }
}

/** What of an instruction the builder replaces variables in; what a shell sees is the shell's. */
function wordsOf(step: Instruction, buildArgs: BuildArgs): string[] {
  switch (step.name) {
    case 'ENV':
    case 'LABEL':
      return step.pairs.flat()
    case 'ARG':
      return step.pairs.flatMap(([name, fallback]) => (buildArgs[name] === undefined && fallback !== undefined ? [fallback] : []))
    case 'COPY':
    case 'ADD':
      return [...step.flags.flatMap(([name, value]) => (['chown', 'chmod'].includes(name) ? [value] : [])), ...step.sources, step.target]
    case 'RUN':
      return step.flags.flatMap(([name, value]) => (name === 'mount' ? [value] : []))
    case 'VOLUME':
      return [...step.words]
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
      return [step.text]
    default:
      return []
  }
}

function namesIn(word: string, { escaping }: Pick<Instruction, 'escaping'>): string[] {
  const names: string[] = []
  try {
    const note = (name: string): undefined => {
      names.push(name)
    }
    expandWord(word, note, escaping)
  } catch {
    // The step that it belongs to says so.
  }
  return names
}
