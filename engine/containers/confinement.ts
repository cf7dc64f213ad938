import { EngineError, messageOf } from '../errors.ts'
import { ensureProfile, ownProfile } from '../linux/apparmor.ts'
import type { HostFacts } from '../linux/facts.ts'
import type { Log } from '../log.ts'
import type { HostConfig } from './config.ts'
import { defaultProfile } from './default-profile.ts'
import { parseSecurityOptions } from './security-options.ts'

/** Docker's name for its own profile; people name it in their rules and on the command line. */
export const DEFAULT_PROFILE = 'docker-default'

/** What a choice of a profile depends on. */
type AppArmorFacts = Pick<HostFacts, 'hasAppArmor' | 'canLoadProfiles'>

/**
 * The profile of AppArmor for all processes of a container, execs with `--privileged` included: the one that was chosen, none for a
 * privileged container, docker's own for all others.
 * @returns undefined where there is no AppArmor, or nothing to load docker's own with
 */
export function profileFor(hostConfig: HostConfig, facts: AppArmorFacts): string | undefined {
  if (!facts.hasAppArmor) return undefined
  const { apparmor } = parseSecurityOptions(hostConfig.SecurityOpt)
  if (apparmor) return apparmor
  if (hostConfig.Privileged) return 'unconfined'
  return facts.canLoadProfiles ? DEFAULT_PROFILE : undefined
}

/** At the daemon's start. Without its profile it can do everything but start the containers that need it; these then say why. */
export async function prepareConfinement(facts: AppArmorFacts, log: Log): Promise<void> {
  if (facts.hasAppArmor && !facts.canLoadProfiles) log.warn('containers run without a profile of AppArmor: there is no apparmor_parser')
  await ensureConfinement(profileFor({}, facts)).catch((error: unknown) => log.error(messageOf(error)))
}

/**
 * Makes sure that the kernel knows docker's own profile, if that is the one: an administrator may have unloaded it since the daemon's start.
 * @throws EngineError `system` in docker's words when it cannot be loaded
 */
export async function ensureConfinement(profile: string | undefined): Promise<void> {
  if (profile !== DEFAULT_PROFILE) return
  try {
    await ensureProfile(DEFAULT_PROFILE, () => defaultProfile(DEFAULT_PROFILE, ownProfile()))
  } catch (error) {
    const message = `AppArmor enabled on system but the ${DEFAULT_PROFILE} profile could not be loaded: ${messageOf(error)}`
    throw new EngineError('system', message, { cause: error })
  }
}
