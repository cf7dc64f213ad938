import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { claimDataRoot } from '../data-root/claim.ts'
import { pidsOf } from '../linux/cgroup-pids.ts'
import { removeEmptyCgroup } from '../linux/cgroups.ts'
import { removeLink } from '../linux/links.ts'
import { removeIdleChain, withdrawForwarding } from '../networks/foreign-firewall.ts'
import { lockFolder } from '../state/folder-lock.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { DaemonOptions } from './flags.ts'
import { forgetPlace, shortNameOf } from './former-place.ts'

/**
 * `engineroom daemon --leave-host`, before the program is removed: what this engine has in the kernel goes, and its runtime state. The data stay, and
 * the next start makes the rest anew.
 * @throws EngineError `conflict` while a daemon has the data, ConfigurationError while containers run
 */
export async function leaveHost({ dataRoot, execRoot, bridge }: DaemonOptions): Promise<void> {
  const configured = resolve(dataRoot)
  if (!existsSync(configured)) return
  const { path, locks } = await claimDataRoot(configured, lockFolder)
  using _locks = locks
  const pids = await pidsOf(`/engineroom/${shortNameOf(path)}`)
  if (pids.length > 0) throw new ConfigurationError(`containers of this engine still run (processes ${pids.join(', ')}): start it, stop them, and stop it`)
  await forgetPlace(resolve(execRoot), path)
  // Those of other engines are below it, too.
  await removeEmptyCgroup('/engineroom')
  for (const family of ['ip', 'ip6'] as const) {
    await withdrawForwarding(family, bridge)
    await removeIdleChain(family)
  }
  await removeLink(bridge)
}
