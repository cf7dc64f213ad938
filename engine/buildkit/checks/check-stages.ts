import type { NamedContexts } from '../../build/named-contexts.ts'
import type { BuildPlan, Stage } from '../../build/stages.ts'
import { type BuildArgs, GlobalArgs } from '../../build/variables.ts'
import type { Dockerfile } from '../../dockerfile/parse.ts'
import { hostArchitecture, type Image } from '../../images/image.ts'
import { parseReference } from '../../images/reference.ts'
import { check, type Finding } from './check.ts'
import { copiedIgnored } from './copied-ignored.ts'
import { type StageNames, undefinedVariables } from './undefined-variables.ts'

/** What a build stands on. */
export interface Ground {
  readonly buildArgs: BuildArgs
  readonly contexts: NamedContexts
  /** What is left out of the context, as in a .dockerignore. */
  readonly excludes: readonly string[]
  /** Of those that are here: nothing is pulled for a check. */
  findImage(reference: string): Image | undefined
}

/** All that is to be said of a Dockerfile, in its order. */
export function checkAll(dockerfile: Dockerfile, plan: BuildPlan, ground: Ground): Finding[] {
  return [...check(dockerfile), ...checkStages(plan, ground)].sort((a, b) => a.first - b.first)
}

/** Checks the stages that the target needs, and what default arguments make of the bases of all. */
function checkStages(plan: BuildPlan, ground: Ground): Finding[] {
  const found: Finding[] = [...invalidDefaults(plan)]
  const names = new Map<Stage, StageNames>()
  for (const { stage, needs } of plan.stages) {
    const above = needs.find(({ name }) => name === stage.base.toLowerCase())
    const base = above ? undefined : baseImage(stage, ground)
    if (base) found.push(...otherPlatform(stage, base))
    found.push(...copiedIgnored(stage.steps, ground.excludes))
    // What an image has in its environment that is not here, nobody knows.
    const known = above ? names.get(above) : environmentOf(stage, base, ground)
    if (!known) continue
    const { findings, atEnd } = undefinedVariables(stage, known, plan.globals, ground.buildArgs)
    found.push(...findings)
    names.set(stage, atEnd)
  }
  return found
}

function* invalidDefaults({ globalArgs, all }: BuildPlan): Generator<Finding> {
  const defaults = new GlobalArgs({})
  try {
    for (const argument of globalArgs) defaults.declare(argument)
    for (const { from } of all) {
      if (isReference(defaults.expand(from, from.image))) continue
      const detail = `Default value for ARG ${from.image} results in empty or invalid base image name`
      yield { rule: 'InvalidDefaultArgInFrom', detail, first: from.line, last: from.lastLine }
    }
  } catch {
    // A variable that must be given (`${A:?}`): with defaults alone, nothing is built.
  }
}

function isReference(text: string): boolean {
  try {
    parseReference(text)
    return true
  } catch {
    return false
  }
}

function otherPlatform({ base, from }: Stage, { os, architecture, variant }: Image): Finding[] {
  if (os === 'linux' && architecture === hostArchitecture()) return []
  const actual = [os, architecture, variant].filter(Boolean).join('/')
  const detail = `Base image ${base} was pulled with platform ${JSON.stringify(actual)}, expected ${JSON.stringify(`linux/${hostArchitecture()}`)} for current build`
  return [{ rule: 'InvalidBaseImagePlatform', detail, first: from.line, last: from.lastLine }]
}

function baseImage({ base }: Stage, { contexts, findImage }: Ground): Image | undefined {
  const context = contexts.find(base)
  if (context && context.kind !== 'image') return undefined
  const name = context?.reference ?? base
  return name === 'scratch' ? undefined : findImage(name)
}

function environmentOf({ base }: Stage, image: Image | undefined, { contexts }: Ground): StageNames | undefined {
  const context = contexts.find(base)
  const isEmpty = context ? context.kind === 'folder' : base === 'scratch'
  if (!image && !isEmpty) return undefined
  const environment = (image?.config.Env ?? []).map((entry) => entry.split('=', 1)[0] ?? '')
  return { environment: ['PATH', ...environment], args: [] }
}
