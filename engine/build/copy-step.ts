import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveUser } from '../containers/user.ts'
import type { InstructionOf } from '../dockerfile/instruction.ts'
import { EngineError } from '../errors.ts'
import { contentDigest } from './content-digest.ts'
import { copyIntoLayer } from './copy.ts'
import { downloadSource, isRemoteSource } from './download.ts'
import { findSources, heredocSources, type Source } from './sources.ts'
import type { StageBuilder } from './stage-builder.ts'
import { copyStepText } from './step-text.ts'

type CopyInstruction = InstructionOf<'COPY' | 'ADD'>

/** COPY and ADD: finds the files, asks the cache by their digest, and puts them into a layer of their own. */
export async function copyStep(stage: StageBuilder, instruction: CopyInstruction): Promise<void> {
  const { name: verb } = instruction
  const flag = (name: string) => instruction.flags.find(([one]) => one === name)?.[1]
  for (const name of ['parents', 'checksum', 'keep-git-dir', 'unpack']) {
    if (flag(name) !== undefined) throw new EngineError('invalid', `${verb} --${name} is not supported by this builder yet`)
  }
  const expand = (word: string) => stage.expand(instruction, word)
  const chown = expand(flag('chown') ?? '')
  const mode = flag('chmod') === undefined ? undefined : expand(flag('chmod') ?? '')
  const excludes = instruction.flags.filter(([name]) => name === 'exclude').map(([, value]) => expand(value))
  const target = absoluteTarget(stage.config.WorkingDir ?? '/', expand(instruction.target))
  await withSources(stage, instruction, expand, async (sources) => {
    const digest = await contentDigest(sources.map(({ path, name, isFolder }) => ({ path, name: isFolder ? '' : name })))
    const kind = sources.length > 1 ? 'multi' : sources[0]?.isFolder ? 'dir' : 'file'
    const words = [...(chown ? [`--chown=${chown}`] : []), ...(mode ? [`--chmod=${mode}`] : []), ...excludes.map((one) => `--exclude=${one}`)]
    const createdBy = copyStepText(verb, words, `${kind}:${digest}`, target)
    await stage.makeLayer(createdBy, stage.config, async (layer) => {
      const owner = chown === '' ? undefined : await ownerFor(layer.below, chown)
      await copyIntoLayer(layer, sources, { verb, target, owner, mode, excludes })
    })
  })
}

/** Relative to the working directory; a `/` at its end stays, as it says that this is a folder. */
function absoluteTarget(workingDir: string, target: string): string {
  if (target.startsWith('/')) return target
  const joined = join(workingDir, target)
  return target === '.' || target === './' || target.endsWith('/.') ? `${joined.replace(/\/$/, '')}/` : joined
}

async function withSources(
  stage: StageBuilder,
  instruction: CopyInstruction,
  expand: (word: string) => string,
  use: (sources: Source[]) => Promise<void>,
): Promise<void> {
  const { context, signal } = stage.run
  const from = instruction.flags.find(([name]) => name === 'from')?.[1]
  const scratch = await mkdtemp(join(context.scratch, 'sources-'))
  const documents = await heredocSources(scratch, instruction.heredocs, expand)
  const names = instruction.sources.map(expand).filter((name) => !name.startsWith('<<'))
  const find = async (root: string) => {
    const found: Source[] = [...documents]
    for (const name of names) {
      if (instruction.name === 'ADD' && isRemoteSource(name)) found.push(await downloadSource(name, scratch, signal))
      else found.push(...(await findSources(root, name, instruction.name)))
    }
    await use(found)
  }
  if (from === undefined) return find(context.root)
  await stage.withRoot(await stage.run.imageFor(expand(from)), find)
}

/** docker's rule: without a group, the one with the user's name or number. */
function ownerFor(root: string, chown: string): Promise<{ uid: number; gid: number }> {
  return resolveUser(root, chown.includes(':') ? chown : `${chown}:${chown}`, [])
}
