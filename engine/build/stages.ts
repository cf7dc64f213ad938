import type { Instruction, InstructionOf } from '../dockerfile/instruction.ts'
import { EngineError } from '../errors.ts'
import type { NamedContexts } from './named-contexts.ts'
import { type BuildArgs, GlobalArgs } from './variables.ts'

/** From one FROM to the next. */
export interface Stage {
  readonly index: number
  readonly name: string | undefined
  readonly from: InstructionOf<'FROM'>
  /** What FROM names, its variables replaced. */
  readonly base: string
  readonly steps: readonly Instruction[]
}

/** A stage that is to be built. */
export interface PlannedStage {
  readonly stage: Stage
  /** Steps of those before it, for `Step 7/12`. */
  readonly stepsBefore: number
  /** What it copies from, mounts or begins with. */
  readonly needs: readonly Stage[]
}

export interface BuildPlan {
  /** ARG instructions before the first FROM. */
  readonly globalArgs: readonly InstructionOf<'ARG'>[]
  readonly globals: GlobalArgs
  readonly all: readonly Stage[]
  /** Those that the target needs, in the order of the file; the target is the last. */
  readonly stages: readonly PlannedStage[]
  /** Instructions of all of these, for `Step 1/N`. */
  readonly stepCount: number
  /** What any stage declares by ARG, needed or not. */
  readonly argNames: ReadonlySet<string>
}

/**
 * Sorts instructions into stages, and leaves out what the target does not need.
 * @param labels go to the target's stage, as last steps
 * @throws EngineError `invalid` with docker's words
 */
export function planStages(
  instructions: readonly Instruction[],
  request: { readonly target: string; readonly buildArgs: BuildArgs; readonly contexts: NamedContexts },
  labels: readonly Instruction[],
): BuildPlan {
  const { target, contexts } = request
  const globals = new GlobalArgs(request.buildArgs)
  const globalArgs: InstructionOf<'ARG'>[] = []
  const stages: (Stage & { steps: Instruction[] })[] = []
  for (const instruction of instructions) {
    const current = stages.at(-1)
    if (instruction.name === 'FROM') {
      const { alias } = instruction
      if (alias !== undefined && stages.some(({ name }) => name === alias)) throw new EngineError('invalid', `${alias} stage name already used`)
      stages.push({ index: stages.length, name: alias, from: instruction, base: globals.expand(instruction, instruction.image), steps: [] })
    } else if (current) current.steps.push(instruction)
    else if (instruction.name === 'ARG') {
      globalArgs.push(instruction)
      globals.declare(instruction)
    } else throw new EngineError('invalid', 'no build stage in current context')
  }
  const last = stages.at(-1)
  if (!last) throw new EngineError('invalid', 'no build stage in current context')
  const wanted = target === '' ? last : findStage(stages, target)
  if (!wanted) throw new EngineError('invalid', `target stage ${JSON.stringify(target)} could not be found`)
  wanted.steps.push(...labels)
  const needed = new Set<Stage>()
  const needsOf = (stage: Stage) => neededBy(stages, stage, contexts)
  collect(wanted, needsOf, needed)
  let stepCount = globalArgs.length
  const planned: PlannedStage[] = []
  for (const stage of stages.filter((one) => needed.has(one))) {
    planned.push({ stage, stepsBefore: stepCount, needs: needsOf(stage) })
    stepCount += 1 + stage.steps.length
  }
  const args = instructions.flatMap((one) => (one.name === 'ARG' ? one.pairs.map(([name]) => name) : []))
  return { globalArgs, globals, all: stages, stages: planned, stepCount, argNames: new Set(args) }
}

/** By name, whatever its case, or by number. */
export function findStage<S extends Stage>(stages: readonly S[], reference: string): S | undefined {
  return (
    stages.find(({ name }) => name === reference.toLowerCase()) ??
    (/^\d+$/.test(reference) ? stages.find(({ index }) => index === Number(reference)) : undefined)
  )
}

/** The name of the image that a stage stands on, stages above it passed over; undefined for `scratch`, and for what has no name here. */
export function baseOf(all: readonly Stage[], stage: Stage, contexts: NamedContexts): string | undefined {
  const context = contexts.find(stage.base)
  const above = context ? undefined : all.slice(0, stage.index).find(({ name }) => name === stage.base.toLowerCase())
  if (above) return baseOf(all, above, contexts)
  if (context && context.kind !== 'image') return undefined
  const name = context?.reference ?? stage.base
  return name === 'scratch' ? undefined : name
}

function collect(stage: Stage, needsOf: (stage: Stage) => Stage[], needed: Set<Stage>): void {
  if (needed.has(stage)) return
  needed.add(stage)
  for (const one of needsOf(stage)) collect(one, needsOf, needed)
}

/** A stage sees only those above it, and none whose name stands for something else. */
function neededBy(stages: readonly Stage[], stage: Stage, contexts: NamedContexts): Stage[] {
  const above = stages.slice(0, stage.index)
  const references = referencesOf(stage).filter((reference) => !contexts.find(reference))
  const found = references.map((reference) => findStage(above, reference))
  return [...new Set(found.filter((one) => one !== undefined))]
}

function referencesOf(stage: Stage): string[] {
  const copied = stage.steps.flatMap((step) =>
    step.name === 'COPY' || step.name === 'ADD' ? step.flags.filter(([name]) => name === 'from').map(([, value]) => value) : [],
  )
  const mounted = stage.steps.flatMap((step) => (step.name === 'RUN' ? step.flags.flatMap(([, value]) => /(?:^|,)from=([^,]+)/.exec(value)?.[1] ?? []) : []))
  return [stage.base, ...copied, ...mounted]
}
