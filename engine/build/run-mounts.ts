import { chmod, chown, lstat, mkdir, mkdtemp, rmdir, unlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { InstructionOf } from '../dockerfile/instruction.ts'
import { parseError } from '../dockerfile/parse-error.ts'
import { EngineError, hasCode, messageOf } from '../errors.ts'
import { copyWithOwners } from '../linux/copy-tree.ts'
import { makeOverlayFolders, mountOverlay, mountReadOnly, unmount } from '../linux/overlay.ts'
import { resolveInRoot } from '../linux/resolve-in-root.ts'
import type { MountRequest } from '../volumes/mount-request.ts'
import { treeDigest } from './content-digest.ts'
import { kindBelow, pathInside } from './layer-folder.ts'
import { type CacheMount, parseRunMount, type RunMount, type SecretMount, type SshMount } from './run-mount-flag.ts'
import { withSecretFile } from './secret-mount.ts'
import { withAgentSocket } from './ssh-mount.ts'
import type { StageBuilder } from './stage-builder.ts'

const WITHOUT_BUILDKIT = '. Builds without BuildKit have no secrets: the client cannot hand them over'

/** What a RUN step mounts while it runs. */
export interface RunMounts {
  readonly requests: readonly MountRequest[]
  /** `NAME=value` for the step's process alone: in no image, no record and no cache. */
  readonly secretEnvironment: readonly string[]
  /** Where sockets of SSH agents are, in the order in which they were asked for. */
  readonly agents: readonly string[]
  /** What of them decides the result of the step. */
  readonly cacheKey: readonly string[]
}

/** Gives `use` the mounts that a RUN asks for; what they show is there as long as it takes. */
export async function withRunMounts<T>(stage: StageBuilder, instruction: InstructionOf<'RUN'>, use: (mounts: RunMounts) => Promise<T>): Promise<T> {
  const [next, ...rest] = instruction.flags.filter(([name]) => name === 'mount').map(([, text]) => readMount(stage, instruction, text))
  const none: RunMounts = { requests: [], secretEnvironment: [], agents: [], cacheKey: [] }
  return next ? withAll(stage, [next, ...rest], none, use) : use(none)
}

function readMount(stage: StageBuilder, instruction: InstructionOf<'RUN'>, text: string): RunMount {
  try {
    return parseRunMount(stage.expand(instruction, text), stage.config.WorkingDir || '/')
  } catch (error) {
    throw parseError(instruction.line, messageOf(error))
  }
}

/** One inside the other, so that each is let go of, whatever happens to those after it. */
async function withAll<T>(stage: StageBuilder, [mount, ...rest]: readonly RunMount[], so: RunMounts, use: (mounts: RunMounts) => Promise<T>): Promise<T> {
  if (!mount) return use(so)
  const goOn = (request: MountRequest | undefined, key: string, more: Partial<RunMounts> = {}) =>
    withAll(
      stage,
      rest,
      { ...so, ...more, requests: request ? [...so.requests, request] : so.requests, cacheKey: [...so.cacheKey, `--mount=type=${mount.type},${key}`] },
      use,
    )
  switch (mount.type) {
    case 'bind':
      return withBindRoot(stage, mount.from, async (root) => {
        const source = await bindSource(root, mount.source)
        const digest = await treeDigest(source, stage.run.context.kept)
        const { target, isReadOnly } = mount
        if (isReadOnly) return goOn({ Type: 'bind', Source: source, Target: target, ReadOnly: true }, `target=${target},${digest}`)
        return withWritable(stage, source, (copy) => goOn({ Type: 'bind', Source: copy, Target: target, ReadOnly: false }, `target=${target},rw,${digest}`))
      })
    case 'cache':
      return withCache(stage, mount, (folder, seed) =>
        goOn({ Type: 'bind', Source: folder, Target: mount.target, ReadOnly: mount.isReadOnly }, `target=${mount.target},id=${mount.id}${seed}`),
      )
    case 'tmpfs': {
      const size = mount.sizeBytes === undefined ? {} : { TmpfsOptions: { SizeBytes: mount.sizeBytes } }
      return goOn({ Type: 'tmpfs', Target: mount.target, ...size }, `target=${mount.target}`)
    }
    case 'secret':
      return withSecret(stage, mount, (request, environment) =>
        goOn(request, `id=${mount.id}${wanted(mount)}`, { secretEnvironment: [...so.secretEnvironment, ...environment] }),
      )
    case 'ssh': {
      const target = mount.target ?? `/run/buildkit/ssh_agent.${so.agents.length}`
      return withAgent(stage, mount, (path) =>
        path === undefined
          ? goOn(undefined, `id=${mount.id}${wanted(mount)}`)
          : goOn({ Type: 'bind', Source: path, Target: target, ReadOnly: true }, `id=${mount.id}${wanted(mount)}`, { agents: [...so.agents, target] }),
      )
    }
  }
}

/** Where a step finds it decides its result, what it finds there does not. */
function wanted(mount: SecretMount | SshMount): string {
  const variable = mount.type === 'secret' && mount.variable !== undefined ? `,env=${mount.variable}` : ''
  return `${mount.target === undefined ? '' : `,target=${mount.target}`}${variable}`
}

/** @param use gets the path of a socket; undefined when there is no agent, and need not be one */
async function withAgent<T>(stage: StageBuilder, mount: SshMount, use: (path: string | undefined) => Promise<T>): Promise<T> {
  const { request, context } = stage.run
  const agent = await request.secrets?.agent(mount.id)
  if (agent) return withAgentSocket(context.scratch, mount, agent, use)
  if (!mount.isRequired) return use(undefined)
  throw new EngineError(
    'invalid',
    request.secrets ? `no SSH key ${JSON.stringify(mount.id)} forwarded from the client` : `ssh ${mount.id}: not found${WITHOUT_BUILDKIT}`,
  )
}

/** Clients hand secrets over only through BuildKit's protocol. What is in one never decides the result: the cache knows its name alone. */
async function withSecret<T>(
  stage: StageBuilder,
  mount: SecretMount,
  use: (request: MountRequest | undefined, environment: readonly string[]) => Promise<T>,
): Promise<T> {
  const { request, context } = stage.run
  const secret = await request.secrets?.secret(mount.id)
  if (secret) {
    const { target, variable } = mount
    const environment = variable === undefined ? [] : [`${variable}=${Buffer.from(secret).toString()}`]
    if (target === undefined) return use(undefined, environment)
    return withSecretFile(context.scratch, mount, secret, (path) => use({ Type: 'bind', Source: path, Target: target, ReadOnly: true }, environment))
  }
  if (!mount.isRequired) return use(undefined, [])
  const why = request.secrets ? '' : WITHOUT_BUILDKIT
  throw new EngineError('invalid', `secret ${mount.id}: not found${why}`)
}

async function withBindRoot<T>(stage: StageBuilder, from: string | undefined, use: (root: string) => Promise<T>): Promise<T> {
  if (from === undefined) return use(contextRoot(stage))
  return stage.withFilesOf(from, use)
}

/** What is written goes with the step: a folder has a layer of its own above it, a file is a copy. */
async function withWritable<T>(stage: StageBuilder, source: string, use: (path: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(join(stage.run.context.scratch, 'writable-'))
  if (!(await lstat(source)).isDirectory()) {
    await copyWithOwners(source, join(work, 'file'))
    return use(join(work, 'file'))
  }
  // By a name of our own: to the options of a mount, `:` and the like in one of the client's would mean more.
  const lower = join(work, 'lower')
  const overlay = { lower: [lower], upper: join(work, 'upper'), work: join(work, 'work'), merged: join(work, 'merged') }
  await makeOverlayFolders(overlay)
  await mkdir(lower)
  const { uid, gid, mode } = await lstat(source)
  await chown(overlay.upper, uid, gid)
  await chmod(overlay.upper, mode & 0o7777)
  await mountReadOnly({ lower: [source], merged: lower }, work)
  try {
    await mountOverlay(overlay, work)
    return await use(overlay.merged)
  } finally {
    await unmount(overlay.merged)
    await unmount(lower)
  }
}

/** A cache whose first content is another one's is another cache, too. */
async function withCache<T>(stage: StageBuilder, mount: CacheMount, use: (folder: string, seedKey: string) => Promise<T>): Promise<T> {
  const { seed } = mount
  const { caches } = stage.run.parts
  if (!seed) return caches.with(mount, undefined, (folder) => use(folder, ''))
  return withBindRoot(stage, seed.from, async (root) => {
    const source = await bindSource(root, seed.source)
    if (!(await lstat(source)).isDirectory()) throw new EngineError('invalid', `failed to mount ${seed.source}: not a directory`)
    const making = await mkdtemp(join(stage.run.context.scratch, 'seed-'))
    const fill = async () => {
      await copyWithOwners(`${source}/.`, making)
      return making
    }
    const digest = await treeDigest(source, stage.run.context.kept)
    return caches.with(mount, { digest, fill }, (folder) => use(folder, `,${digest}`))
  })
}

function contextRoot({ run: { context } }: StageBuilder): string {
  if (context.root === undefined) throw new EngineError('invalid', 'failed to mount: missing build context')
  return context.root
}

async function bindSource(root: string, wanted: string): Promise<string> {
  const source = await resolveInRoot(root, wanted)
  try {
    await lstat(source)
    return source
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw new EngineError('invalid', `failed to mount ${wanted}: no such file or directory`, { cause: error })
    throw error
  }
}

/**
 * Where mount points have to be made in an image: for each target, the paths that are not there, the deepest first.
 * @param below the image's files
 */
export async function missingMountPoints(below: string, requests: readonly MountRequest[]): Promise<string[]> {
  const missing: string[] = []
  for (const { Target = '/' } of requests) {
    const layer = { below, folder: below }
    let path = await pathInside(layer, Target)
    while (path !== '/' && (await kindBelow(layer, path)) === undefined) {
      missing.push(path)
      path = posix.dirname(path)
    }
  }
  return missing
}

/** Takes empty mount points out of a layer again: they were the runtime's, not the command's. */
export async function removeMountPoints(layer: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const point = join(layer, path)
    try {
      const stat = await lstat(point)
      if (stat.isDirectory()) await rmdir(point)
      else if (stat.size === 0) await unlink(point)
    } catch (error) {
      // The command has put something beside it, or taken it away itself.
      if (!hasCode(error, 'ENOTEMPTY', 'ENOENT', 'ENOTDIR')) throw error
    }
  }
}
