import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { PlainError } from '../plain-error.ts'
import { defaultAssetsFolder } from './assets-folder.ts'
import type { StageContext } from './boot/boot-progress.ts'
import { onLines } from './lines.ts'

/** `engineroom vm build`, as a program. */
export type Builder = readonly [string, ...string[]]

const REMEDY = 'Try it by itself, to see all it says: engineroom vm build'

/** What the builder says of a version that Debian's mirror has dropped for a newer one. */
const IS_NOT_TO_BE_HAD = 'could not be fetched'

/**
 * Makes what a guest boots from, where it is looked for unless a person names a folder, and is not there yet. Of the
 * newest packages, where those of our list are not to be had any more.
 * @throws PlainError with what the builder said last; the signal's reason
 */
export async function makeMissingImage(folder: string, builder: Builder, { signal, say }: StageContext): Promise<void> {
  if (folder !== defaultAssetsFolder() || existsSync(join(folder, 'manifest.json'))) return
  const why = await build(builder, [], signal, say)
  if (why === undefined) return say('')
  if (!why.includes(IS_NOT_TO_BE_HAD)) throw new PlainError(`The image of the VM could not be made: ${why}`, REMEDY)
  say('making it of the newest packages')
  const whyAgain = await build(builder, ['--newest'], signal, say)
  if (whyAgain === undefined) return say('')
  throw new PlainError(`The image of the VM could not be made: ${whyAgain}`, REMEDY)
}

const PROGRESS = '• '

/** @returns what it said last when it failed */
async function build([program, ...args]: Builder, flags: readonly string[], signal: AbortSignal, say: (detail: string) => void): Promise<string | undefined> {
  say('making it, once: this takes a minute or more')
  const child = spawn(program, [...args, ...flags], { stdio: ['ignore', 'ignore', 'pipe'], signal })
  const { promise: code, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', (error) => reject(signal.aborted ? signal.reason : new PlainError(`The image of the VM could not be made: ${messageOf(error)}`, REMEDY)))
  child.once('close', resolve)
  let last = ''
  onLines(child.stderr, (line) => {
    last = line
    if (line.startsWith(PROGRESS)) say(`making it, once: ${line.slice(PROGRESS.length)}`)
  })
  return (await code) === 0 ? undefined : last
}
