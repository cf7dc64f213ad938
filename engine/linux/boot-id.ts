import { readFile } from 'node:fs/promises'

/** Which run of the kernel this is: what was not flushed in another one may be lost in part. @see random(4), boot_id */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}
