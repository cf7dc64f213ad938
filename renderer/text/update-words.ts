import type { UpdateStatus } from '../api/desktop.ts'
import { formatBytes } from './quantity.ts'
import { say, sayKnown } from './say.ts'

/** What is known of newer versions of this program, in a sentence. */
export function updateWords({ state, installedVersion: installed, version = '', detail = '', percent = 0, totalBytes = 0, canInstall }: UpdateStatus): string {
  switch (state) {
    case 'off':
      return say('You have {installed}. Updates are off: nobody is asked.', { installed })
    case 'no-key':
      return say('You have {installed}. This program was made without a release key, and could not tell a good release from a bad one: it looks for none.', {
        installed,
      })
    case 'no-address':
      return say('You have {installed}. It does not look for newer ones, as it has no address.', { installed })
    case 'looking':
      return say('Looking …')
    case 'current':
      return say('You have {installed}, the newest one.', { installed })
    case 'waiting':
      return say('You have {installed}. {version} goes to some computers first; this one has its turn later.', { installed, version })
    case 'offered':
      return say('You have {installed}. {version} is there.', { installed, version })
    case 'fetching':
      return say('Fetching {version}: {percent} % of {size}', { version, percent, size: formatBytes(totalBytes) })
    case 'fetched':
      if (detail !== '') return say('It was not installed: {reason}', { reason: sayKnown(detail) })
      if (canInstall) return say('{version} was fetched and is what was signed. Installing it starts the engine anew; containers go on.', { version })
      return say('{version} was fetched and is what was signed. It is installed when you want it:', { version })
    case 'installing':
      return say('Installing {version} …', { version })
    case 'installed':
      return say('{version} is installed. This window is still {installed}, until you quit it and open it again.', { version, installed })
    case 'failed': {
      const reason = sayKnown(detail)
      return version === '' ? say('It was not found out: {reason}', { reason }) : say('It was not fetched: {reason}', { reason })
    }
  }
}
