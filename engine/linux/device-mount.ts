import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { run, ToolError } from './run.ts'

/** @see mount(2): the options that are flags of the call, everything else is for the file system. */
const FLAGS: ReadonlyMap<string, number> = new Map([
  ['ro', 0x1],
  ['nosuid', 0x2],
  ['nodev', 0x4],
  ['noexec', 0x8],
  ['sync', 0x10],
  ['noatime', 0x400],
  ['nodiratime', 0x800],
  ['bind', 0x1000],
  ['rbind', 0x5000],
])

/**
 * Mounts anything that the kernel can, without the helpers of user space, as docker does: an NFS needs its `addr=`, whose
 * name is looked up here.
 * What happens to it stays here: unmounting what came along with `rbind` must not unmount it at its source.
 * @throws Error that says what was tried, in docker's form
 */
export async function mountDevice({ type, device, options }: { type: string; device: string; options: string }, target: string): Promise<void> {
  const resolved = type === 'nfs' || type === 'nfs4' || type === 'cifs' ? await withAddress(options) : options
  try {
    await run('mount', ['-n', '-i', '--make-rprivate', '-t', type, ...(resolved === '' ? [] : ['-o', resolved]), '--', device, target])
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw new Error(`failed to mount local volume: mount ${device}:${target}${formatted(resolved)}: ${await reason(type, error.stderr)}`, { cause: error })
  }
}

async function withAddress(options: string): Promise<string> {
  const name = /(?:^|,)addr=([^,]+)/.exec(options)?.[1]
  if (name === undefined || isIP(name) !== 0) return options
  try {
    // A name that has both is one of IPv4 to dockerd, too.
    const { address } = await lookup(name, { order: 'ipv4first' })
    return options.replace(`addr=${name}`, `addr=${address}`)
  } catch (error) {
    throw new Error(`error resolving passed in network volume address: lookup ${name}: no such host`, { cause: error })
  }
}

function formatted(options: string): string {
  const words = options.split(',').filter((word) => word !== '')
  const flags = words.reduce((sum, word) => sum | (FLAGS.get(word) ?? 0), 0)
  const data = words.filter((word) => !FLAGS.has(word)).map((word) => word.replace(/^(password)=.*/, '$1=********'))
  return `${flags === 0 ? '' : `, flags: 0x${flags.toString(16)}`}${data.length === 0 ? '' : `, data: ${data.join(',')}`}`
}

async function reason(type: string, text: string): Promise<string> {
  if (/does not exist|No such file/.test(text)) return 'no such file or directory'
  const known = (await readFile('/proc/filesystems', 'utf8')).split('\n').map((line) => line.split('\t')[1])
  if (type !== 'none' && !known.includes(type)) return 'no such device'
  return kernelWords(text)
}

/** mount(8) explains at length what the kernel said; docker says the kernel's words, as Go has them: without a capital, without a stop. */
export function kernelWords(text: string): string {
  // Also where a file system has options that only a helper of user space could explain.
  if (/wrong fs type, bad option|bad option; for several filesystems/.test(text)) return 'invalid argument'
  const [line = ''] = text.trim().split('\n')
  const words = line
    .replace(/^mount: [^:]*: /, '')
    .replace(/^mount\(2\) system call failed: /, '')
    .replace(/\.$/, '')
  return words.charAt(0).toLowerCase() + words.slice(1)
}
