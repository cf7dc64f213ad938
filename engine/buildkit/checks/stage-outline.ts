import { parseRunMount, type RunMount } from '../../build/run-mount-flag.ts'
import type { BuildPlan, Stage } from '../../build/stages.ts'
import { type BuildArgs, StageVariables } from '../../build/variables.ts'
import type { InstructionOf } from '../../dockerfile/instruction.ts'
import { parseError } from '../../dockerfile/parse-error.ts'
import { messageOf } from '../../errors.ts'
import { docComment } from './doc-comment.ts'
import { type KnownArgs, namesIn } from './known-args.ts'
import type { Outline, OutlineArg, Wanted } from './outline.ts'

/** What one stage can be given, by name. */
export interface StageOutline {
  readonly args: ReadonlyMap<string, OutlineArg>
  readonly secrets: ReadonlyMap<string, Wanted>
  readonly ssh: ReadonlyMap<string, Wanted>
  readonly cache: ReadonlyMap<string, Outline['cache'][number]>
  /** What ENV has set at its end. */
  readonly environment: readonly string[]
  readonly variables: StageVariables
}

interface Surroundings {
  readonly globals: KnownArgs
  readonly buildArgs: BuildArgs
  readonly dockerfile: string
  /** The stage that it stands on. */
  readonly base: StageOutline | undefined
}

/** @throws EngineError `invalid` for a mistake in a default or a mount */
export function stageOutline(plan: BuildPlan, stage: Stage, { globals, buildArgs, dockerfile, base }: Surroundings): StageOutline {
  const variables = new StageVariables(buildArgs, plan.globals, base?.variables)
  const env = [...(base?.environment ?? [])]
  const args = new Map<string, OutlineArg>()
  const [secrets, ssh, cache] = [new Map<string, Wanted>(), new Map<string, Wanted>(), new Map<string, Outline['cache'][number]>()]
  const useGlobal = (name: string): void => {
    const known = globals.get(name)
    if (!known || args.has(name)) return
    args.set(name, known.arg)
    for (const one of known.madeOf) useGlobal(one)
  }
  const { from } = stage
  for (const word of [from.image, from.platform ?? '']) for (const name of namesIn(word, from, (one) => plan.globals.get(one))) useGlobal(name)
  const argument = (instruction: InstructionOf<'ARG'>) => {
    variables.declare(instruction, env)
    for (const [name, fallback] of instruction.pairs) {
      if (fallback === undefined && buildArgs[name] === undefined && plan.globals.get(name) !== undefined) useGlobal(name)
      else args.set(name, { name, description: docComment(name, instruction, dockerfile), value: variables.get(name) ?? '', at: instruction })
    }
  }
  const mounts = (instruction: InstructionOf<'RUN'>) => {
    for (const mount of mountsOf(instruction, (text) => variables.expand(instruction, text, env))) {
      if (mount.type === 'cache' && !cache.has(mount.id)) cache.set(mount.id, { id: mount.id, at: instruction })
      if (mount.type !== 'secret' && mount.type !== 'ssh') continue
      const all = mount.type === 'secret' ? secrets : ssh
      if (!all.has(mount.id)) all.set(mount.id, { id: mount.id, isRequired: mount.isRequired, at: instruction })
    }
  }
  for (const step of stage.steps) {
    if (step.name === 'ARG') argument(step)
    else if (step.name === 'RUN') mounts(step)
    else if (step.name === 'ENV') {
      // All of a line are replaced before the first of them counts.
      const pairs = step.pairs.map(([name, value]) => `${variables.expand(step, name, env)}=${variables.expand(step, value, env)}`)
      env.push(...pairs)
    }
  }
  return { args, secrets, ssh, cache, environment: env, variables }
}

function mountsOf(instruction: InstructionOf<'RUN'>, expand: (text: string) => string): RunMount[] {
  const texts = instruction.flags.filter(([name]) => name === 'mount').map(([, text]) => text)
  try {
    return texts.map((text) => parseRunMount(expand(text), '/'))
  } catch (error) {
    throw parseError(instruction.line, messageOf(error))
  }
}
