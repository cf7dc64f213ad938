import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { InstructionOf } from '../dockerfile/instruction.ts'
import { heredocName } from '../dockerfile/logical-line.ts'
import { parseError } from '../dockerfile/parse-error.ts'
import { EngineError } from '../errors.ts'
import { commandWords } from '../images/changes.ts'
import { missingMountPoints, type RunMounts, removeMountPoints, withRunMounts } from './run-mounts.ts'
import { runInContainer } from './run-step.ts'
import type { StageBuilder } from './stage-builder.ts'
import { StepFailure } from './step-failure.ts'
import { runStepText } from './step-text.ts'

type RunInstruction = InstructionOf<'RUN'>

/** RUN: asks the cache, or runs the command in a container and commits what it changed. */
export async function runInstruction(stage: StageBuilder, instruction: RunInstruction): Promise<void> {
  checkSecurity(instruction)
  const network = networkOf(instruction)
  await withRunMounts(stage, instruction, (mounts) => runMounted(stage, instruction, network, mounts))
}

/** Nobody without BuildKit's protocol can say that the build may have all rights. */
function checkSecurity({ flags, line }: RunInstruction): void {
  const mode = flags.find(([name]) => name === 'security')?.[1] ?? 'sandbox'
  if (mode === 'insecure')
    throw new EngineError('invalid', 'RUN --security=insecure: security.insecure is not allowed, and builds without BuildKit cannot allow it')
  if (mode !== 'sandbox') throw parseError(line, `security ${JSON.stringify(mode)} is not valid`)
}

/** @returns undefined for what the build was asked for */
function networkOf({ flags, line }: RunInstruction): 'none' | 'host' | undefined {
  const mode = flags.find(([name]) => name === 'network')?.[1] ?? 'default'
  if (mode === 'none' || mode === 'host') return mode
  if (mode !== 'default') throw parseError(line, `invalid network mode ${JSON.stringify(mode)}`)
  return undefined
}

async function runMounted(stage: StageBuilder, instruction: RunInstruction, network: string | undefined, mounts: RunMounts): Promise<void> {
  const { image, config, run } = stage
  if (!image) throw new EngineError('invalid', 'RUN needs files to run: this stage begins from scratch and has none yet')
  const told = commandOf(instruction, config.Shell)
  const env = config.Env ?? []
  const { environment, recorded } = stage.variables.forRun(env)
  const createdBy = [...mounts.cacheKey, runStepText(told, recorded)].join(' ')
  await stage.make(createdBy, config, async () => {
    const { request, parts, output, signal, context } = run
    const script = await scriptOf(context.scratch, instruction)
    const requests = script ? [...mounts.requests, script] : mounts.requests
    const command = script ? commandWords({ form: 'shell', line: script.Target }, config.Shell) : told
    const points = requests.length === 0 ? [] : await stage.withRoot(image, (below) => missingMountPoints(below, requests))
    const hostConfig = { ...request.hostConfig, ...(network !== undefined && { NetworkMode: network }), Mounts: [...requests] }
    const secretEnvironment = [...mounts.secretEnvironment, ...agentVariable(mounts, env)]
    const finished = await runInContainer(parts, { image, command, environment: [...env, ...environment], secretEnvironment, hostConfig }, output, signal)
    if (finished.exitCode !== 0) {
      if (request.removesFailed) await finished.remove()
      else finished.keep()
      throw new StepFailure(command.join(' '), finished.exitCode)
    }
    await removeMountPoints(finished.upperDir, points)
    const isRemoved = request.removes || request.removesFailed
    const result = await stage.commit(finished.upperDir, createdBy, config, isRemoved)
    if (isRemoved) {
      await finished.remove()
      output.text(` ---> Removed intermediate container ${finished.container.shortId}\n`)
    } else {
      finished.keep()
    }
    return result
  })
}

/** Where clients of SSH look for an agent, unless the image says something else. */
function agentVariable({ agents }: RunMounts, env: readonly string[]): string[] {
  const [first] = agents
  return first === undefined || env.some((entry) => entry.startsWith('SSH_AUTH_SOCK=')) ? [] : [`SSH_AUTH_SOCK=${first}`]
}

/** A command with documents: one alone is the script, else they are for the shell to read. */
function commandOf({ command, heredocs }: RunInstruction, shell: readonly string[] | undefined): string[] {
  const [only] = heredocs
  if (command.form === 'exec' || !only) return commandWords(command, shell)
  if (heredocs.length === 1 && heredocName(command.line) !== undefined && !only.content.startsWith('#!')) {
    return commandWords({ form: 'shell', line: only.content }, shell)
  }
  const documents = heredocs.map(({ name, content }) => `${content}${name}\n`).join('')
  return commandWords({ form: 'shell', line: `${command.line}\n${documents}` }, shell)
}

/** A document alone that names its own interpreter is a program, which the container finds below /dev. */
async function scriptOf(
  scratch: string,
  { command, heredocs }: RunInstruction,
): Promise<{ Type: 'bind'; Source: string; Target: string; ReadOnly: true } | undefined> {
  const [only, ...more] = heredocs
  if (command.form === 'exec' || !only || more.length > 0 || heredocName(command.line) === undefined || !only.content.startsWith('#!')) return undefined
  const path = join(await mkdtemp(join(scratch, 'script-')), 'script')
  await writeFile(path, only.content, { mode: 0o755 })
  return { Type: 'bind', Source: path, Target: `/dev/pipes/${only.name}`, ReadOnly: true }
}
