import { type Static, Type } from 'typebox'

/** As in HTTP_PROXY, HTTPS_PROXY and NO_PROXY; empty for none. */
export interface Proxies {
  readonly http: string
  readonly https: string
  readonly none: string
}

/** What a person has chosen in place of what the environment says. */
export const ChosenProxiesSchema = Type.Object({ http: Type.Optional(Type.String()), https: Type.Optional(Type.String()), none: Type.Optional(Type.String()) })
export type ChosenProxies = Static<typeof ChosenProxiesSchema>

/** QEMU's user network leads this address to the loopback of this computer. */
export const THIS_COMPUTER = '10.0.2.2'

export function proxiesFor(chosen: ChosenProxies | undefined, env: NodeJS.ProcessEnv): Proxies {
  const value = (name: string) => env[name] || env[name.toLowerCase()] || ''
  return { http: chosen?.http ?? value('HTTP_PROXY'), https: chosen?.https ?? value('HTTPS_PROXY'), none: chosen?.none ?? value('NO_PROXY') }
}

/** The same proxies for the guest, where this computer has another address; it is reached without one. */
export function seenFromGuest({ http, https, none }: Proxies): Proxies {
  if (http === '' && https === '') return { http, https, none }
  return { http: fromGuest(http), https: fromGuest(https), none: [...none.split(',').filter((entry) => entry.trim() !== ''), THIS_COMPUTER].join(',') }
}

/** With its user and password as they are, which a URL would write anew. */
function fromGuest(proxy: string): string {
  return proxy.replace(/^((?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/@]*@)?)(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)/i, `$1${THIS_COMPUTER}`)
}
