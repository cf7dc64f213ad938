import { CONTAINER_DETAILS } from './container-details.ts'
import { CONTAINER_LIST } from './container-list.ts'
import { CONTAINER_STATES } from './container-states.ts'
import { DATA } from './data.ts'
import { DESKTOP } from './desktop.ts'
import { FILES } from './files.ts'
import { GENERAL } from './general.ts'
import { HOST } from './host.ts'
import { IMAGES } from './images.ts'
import { INSPECTOR } from './inspector.ts'
import { KNOWN } from './known.ts'
import { LOGS } from './logs.ts'
import { MAKING } from './making.ts'
import { NETWORKS_AND_VOLUMES } from './networks-and-volumes.ts'
import { OVERVIEW } from './overview.ts'
import { PORTS } from './ports.ts'
import { REGISTRIES } from './registries.ts'
import { SETTINGS } from './settings.ts'
import { SHARED_TERMINAL } from './shared-terminal.ts'
import { TIMELINE } from './timeline.ts'
import { TROUBLESHOOT } from './troubleshoot.ts'
import { UPDATES } from './updates.ts'
import { USAGE } from './usage.ts'
import { WINDOW } from './window.ts'

/** Simplified Chinese for every message of the window; a message is what stands in the code ([decision 47](../../../docs/decisions/0047-two-languages.md)). */
export const CHINESE = {
  ...CONTAINER_DETAILS,
  ...CONTAINER_LIST,
  ...CONTAINER_STATES,
  ...DATA,
  ...DESKTOP,
  ...FILES,
  ...GENERAL,
  ...HOST,
  ...IMAGES,
  ...INSPECTOR,
  ...KNOWN,
  ...LOGS,
  ...MAKING,
  ...NETWORKS_AND_VOLUMES,
  ...OVERVIEW,
  ...PORTS,
  ...REGISTRIES,
  ...SETTINGS,
  ...SHARED_TERMINAL,
  ...TIMELINE,
  ...TROUBLESHOOT,
  ...UPDATES,
  ...USAGE,
  ...WINDOW,
}
