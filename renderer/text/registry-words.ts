import { HUB_SERVER, type LocalRegistry, type Login } from '../api/registries.ts'

import { say, sayList } from './say.ts'

/** A registry that can be looked at. */
export interface RegistryRow {
  /** As names of images have it. */
  readonly host: string
  readonly title: string
  readonly note: string
  /** Set where somebody is logged in. */
  readonly login: Login | undefined
}

/** The engine's own registry when it runs, and those that somebody is logged in to; the one is once in it. */
export function registryRows(local: LocalRegistry | undefined, logins: readonly Login[]): RegistryRow[] {
  const localHost = local?.isOn && local.failure === '' ? hostOfAddress(local.address) : undefined
  const others = logins.map((login) => {
    const host = login.server === HUB_SERVER ? 'docker.io' : login.server
    const kept = login.helper === '' ? say('kept in config.json') : say('kept by {helper}', { helper: `docker-credential-${login.helper}` })
    return { host, title: host === 'docker.io' ? 'Docker Hub' : host, note: sayList([login.username, kept]), login }
  })
  const own =
    localHost === undefined || others.some(({ host }) => host === localHost)
      ? []
      : [{ host: localHost, title: localHost, note: say('the engine’s own'), login: undefined }]
  return [...own, ...others]
}

/** What people call it in names of images. */
export function hostOfAddress(address: string): string {
  return address.replace(/^(127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:(?=\d+$)/, 'localhost:')
}
