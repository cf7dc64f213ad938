import type { Instruction, InstructionOf } from '../dockerfile/instruction.ts'
import { parseError } from '../dockerfile/parse-error.ts'
import { EngineError } from '../errors.ts'

/** From one FROM to the next. */
export interface Stage {
  readonly index: number
  readonly name: string | undefined
  readonly from: InstructionOf<'FROM'>
  readonly steps: readonly Instruction[]
}

export interface BuildPlan {
  /** ARG instructions before the first FROM. */
  readonly globalArgs: readonly InstructionOf<'ARG'>[]
  /** Those that the target needs, in the order of the file; the target is the last. */
  readonly stages: readonly Stage[]
  /** Instructions of all of these, for `Step 1/N`. */
  readonly stepCount: number
}

/**
 * Sorts instructions into stages, and leaves out what the target does not need.
 * @throws EngineError `invalid` with docker's words
 */
export function planStages(instructions: readonly Instruction[], target: string): BuildPlan {
  const globalArgs: InstructionOf<'ARG'>[] = []
  const stages: (Stage & { steps: Instruction[] })[] = []
  for (const instruction of instructions) {
    const current = stages.at(-1)
    if (instruction.name === 'FROM') stages.push({ index: stages.length, name: instruction.alias, from: instruction, steps: [] })
    else if (current) current.steps.push(instruction)
    else if (instruction.name === 'ARG') globalArgs.push(instruction)
    else throw parseError(instruction.line, 'no build stage in current context')
  }
  const last = stages.at(-1)
  if (!last) throw new EngineError('invalid', 'no build stage in current context')
  const wanted = target === '' ? last : findStage(stages, target)
  if (!wanted) throw new EngineError('invalid', `target stage ${JSON.stringify(target)} could not be found`)
  const needed = new Set<Stage>()
  collect(stages, wanted, needed)
  const kept = stages.filter((stage) => needed.has(stage))
  return { globalArgs, stages: kept, stepCount: globalArgs.length + kept.reduce((total, stage) => total + 1 + stage.steps.length, 0) }
}

/** By name, whatever its case, or by number. */
export function findStage(stages: readonly Stage[], reference: string): Stage | undefined {
  return (
    stages.find(({ name }) => name === reference.toLowerCase()) ??
    (/^\d+$/.test(reference) ? stages.find(({ index }) => index === Number(reference)) : undefined)
  )
}

function collect(stages: readonly Stage[], stage: Stage, needed: Set<Stage>): void {
  if (needed.has(stage)) return
  needed.add(stage)
  // A stage sees only those above it.
  const above = stages.slice(0, stage.index)
  for (const reference of referencesOf(stage)) {
    const found = findStage(above, reference)
    if (found) collect(stages, found, needed)
  }
}

function referencesOf(stage: Stage): string[] {
  const copied = stage.steps.flatMap((step) =>
    step.name === 'COPY' || step.name === 'ADD' ? step.flags.filter(([name]) => name === 'from').map(([, value]) => value) : [],
  )
  const mounted = stage.steps.flatMap((step) => (step.name === 'RUN' ? step.flags.flatMap(([, value]) => /(?:^|,)from=([^,]+)/.exec(value)?.[1] ?? []) : []))
  return [stage.from.image, ...copied, ...mounted]
}
