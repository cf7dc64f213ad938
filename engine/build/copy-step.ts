import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Flags, InstructionOf } from '../dockerfile/instruction.ts'
import { heredocName } from '../dockerfile/logical-line.ts'
import { EngineError } from '../errors.ts'
import { chownOwner } from './chown.ts'
import { contentDigest } from './content-digest.ts'
import { copyIntoLayer } from './copy.ts'
import { downloadSource, isRemoteSource } from './download.ts'
import { gitSource } from './git-source.ts'
import { parseGitUrl } from './git-url.ts'
import { findSources, findWithParents, heredocSources, type Source } from './sources.ts'
import type { StageBuilder } from './stage-builder.ts'
import { copyStepText } from './step-text.ts'

type CopyInstruction = InstructionOf<'COPY' | 'ADD'>

/** COPY and ADD: finds the files, asks the cache by their digest, and puts them into a layer of their own. */
export async function copyStep(stage: StageBuilder, instruction: CopyInstruction): Promise<void> {
  const { name: verb, flags } = instruction
  const keepsParents = flagOf(flags, 'parents') === 'true'
  const expand = (word: string) => stage.expand(instruction, word)
  const chown = expand(flagOf(flags, 'chown') ?? '')
  const mode = expand(flagOf(flags, 'chmod') ?? '')
  const from = flagOf(flags, 'from')
  const excludes = flags.filter(([name]) => name === 'exclude').map(([, value]) => expand(value))
  const written = expand(instruction.target)
  await withSources(stage, instruction, expand, async (sources) => {
    if (sources.length > 1 && !written.endsWith('/') && !keepsParents) {
      throw new EngineError('invalid', `When using ${verb} with more than one source file, the destination must be a directory and end with a /`)
    }
    const keepsOwners = from !== undefined && chown === ''
    const digest = await contentDigest(sources, { countsOwners: keepsOwners, known: stage.run.context.kept })
    const words = [
      ...(keepsParents ? ['--parents'] : []),
      ...(chown ? [`--chown=${chown}`] : []),
      ...(mode ? [`--chmod=${mode}`] : []),
      ...excludes.map((one) => `--exclude=${one}`),
    ]
    const createdBy = copyStepText(verb, stage.config, words, digest, written)
    await stage.makeLayer(createdBy, stage.config, async (layer) => {
      const owner = chown === '' ? undefined : await chownOwner(layer.below, chown)
      const unpack = flagOf(flags, 'unpack')
      await copyIntoLayer(layer, sources, {
        verb,
        target: absoluteTarget(stage.config.WorkingDir ?? '/', written),
        owner,
        keepsOwners,
        mode: mode === '' ? undefined : mode,
        unpacks: unpack === undefined ? undefined : unpack === 'true',
        excludes,
        // What another context has, too.
        areKept: from !== undefined || stage.run.context.kept !== undefined,
      })
    })
  })
}

function flagOf(flags: Flags, name: string): string | undefined {
  return flags.find(([one]) => one === name)?.[1]
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
  const { context, output, signal } = stage.run
  const { name: verb, flags } = instruction
  const folder = await mkdtemp(join(context.scratch, 'sources-'))
  const documents = await heredocSources(folder, instruction.heredocs, expand)
  const names = instruction.sources.filter((name) => heredocName(name) === undefined).map(expand)
  const target = expand(instruction.target)
  const checksum = flagOf(flags, 'checksum')
  if (checksum !== undefined && !names.every(isRemoteSource)) throw new EngineError('invalid', 'ADD failed: checksum requires HTTP(S) sources')
  const find = async (root: string | undefined) => {
    const found: Source[] = [...documents]
    for (const name of names) {
      const git = verb === 'ADD' ? parseGitUrl(name) : undefined
      if (git) {
        found.push(await gitSource(git, { folder, keepsHistory: flagOf(flags, 'keep-git-dir') === 'true', secrets: stage.run.request.secrets }, signal))
      } else if (isRemoteSource(name)) {
        if (verb === 'COPY') throw new EngineError('invalid', "COPY failed: source can't be a URL for COPY")
        found.push(await downloadSource({ url: name, folder, target, checksum: checksum && expand(checksum) }, signal))
        output.text('\n')
      } else if (root === undefined) throw new EngineError('invalid', `${verb} failed: missing build context`)
      else found.push(...(flagOf(flags, 'parents') === 'true' ? await findWithParents(root, name) : await findSources(root, name, verb)))
    }
    if (found.length === 0) throw new EngineError('invalid', `${verb} failed: no source files were specified`)
    await use(found)
  }
  const from = flagOf(flags, 'from')
  if (from === undefined) return find(context.root)
  await stage.withFilesOf(from, find)
}
