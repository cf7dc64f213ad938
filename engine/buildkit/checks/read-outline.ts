import type { BuildPlan, Stage } from '../../build/stages.ts'
import type { BuildArgs } from '../../build/variables.ts'
import type { Place } from '../../dockerfile/instruction.ts'
import { docComment } from './doc-comment.ts'
import { readGlobalArgs } from './known-args.ts'
import type { Outline } from './outline.ts'
import { type StageOutline, stageOutline } from './stage-outline.ts'

/**
 * Reads what the target of a plan can be given, by itself and by the stages that it needs. What a base image has in its environment does not count:
 * nothing is pulled.
 * @param dockerfile whose comments describe it
 * @throws EngineError `invalid` for a mistake in a default or a mount
 */
export function readOutline(plan: BuildPlan, buildArgs: BuildArgs, dockerfile: string): Outline {
  const globals = readGlobalArgs(plan, buildArgs, dockerfile)
  const outlines = new Map<Stage, StageOutline>()
  // Those that a stage needs are above it.
  for (const { stage, needs } of plan.stages) {
    const base = needs.find(({ name }) => name === stage.base.toLowerCase())
    outlines.set(stage, stageOutline(plan, stage, { globals, buildArgs, dockerfile, base: base && outlines.get(base) }))
  }
  const target = plan.stages.at(-1)?.stage
  const all = target ? fromTargetDown(plan, target).flatMap((stage) => outlines.get(stage) ?? []) : []
  return {
    name: target?.name,
    description: target ? docComment(target.name, target.from, dockerfile) : '',
    args: firstOfEach(all.map(({ args }) => args)),
    secrets: firstOfEach(all.map(({ secrets }) => secrets)),
    ssh: firstOfEach(all.map(({ ssh }) => ssh)),
    cache: firstOfEach(all.map(({ cache }) => cache)),
  }
}

/** Of what several say, the target counts first, then what it stands on, then what it copies from. */
function fromTargetDown(plan: BuildPlan, stage: Stage, seen = new Set<Stage>()): Stage[] {
  if (seen.has(stage)) return []
  seen.add(stage)
  const needs = plan.stages.find((one) => one.stage === stage)?.needs ?? []
  return [stage, ...needs.flatMap((one) => fromTargetDown(plan, one, seen))]
}

/** In the order of the file. */
function firstOfEach<T extends { readonly at: Pick<Place, 'line'> }>(maps: readonly ReadonlyMap<string, T>[]): T[] {
  const first = new Map<string, T>()
  for (const [name, one] of maps.flatMap((map) => [...map])) if (!first.has(name)) first.set(name, one)
  return [...first.values()].sort((a, b) => a.at.line - b.at.line)
}
