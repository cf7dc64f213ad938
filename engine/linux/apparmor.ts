import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { run } from './run.ts'

/** The program that makes the kernel's form of a profile; where docker looks for it, too. */
const PARSER = '/sbin/apparmor_parser'
const SECURITY_FOLDER = '/sys/kernel/security/apparmor'

/** Whether profiles confine processes here. @see apparmor(7) */
export function hasAppArmor(): boolean {
  const switchFile = '/sys/module/apparmor/parameters/enabled'
  return existsSync(SECURITY_FOLDER) && existsSync(switchFile) && readFileSync(switchFile, 'utf8').startsWith('Y')
}

/** Whether a profile can be brought to the kernel. */
export function canLoadProfiles(): boolean {
  return existsSync(PARSER)
}

/** What confines this process: the name of its profile, or `unconfined`. @see aa_getcon(2) */
export function ownProfile(): string {
  const label = readFileSync('/proc/self/attr/current', 'utf8')
  return label.replace(/ \([a-z]+\)\s*$/, '').trim()
}

/**
 * Loads a profile, unless the kernel has one of that name: it may be somebody else's choice.
 * @param textOf tells it in the language of apparmor.d(5)
 * @throws ToolError when the parser refuses it
 */
export async function ensureProfile(name: string, textOf: () => string): Promise<void> {
  // Lines such as `docker-default (enforce)`.
  const loaded = (await readFile(`${SECURITY_FOLDER}/profiles`, 'utf8')).split('\n')
  if (loaded.some((line) => line.startsWith(`${name} (`))) return
  await run(PARSER, ['--replace', '--skip-cache'], { input: textOf() })
}
