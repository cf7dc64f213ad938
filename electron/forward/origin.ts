/** The one site that the window shows. The scheme is ours, so nothing from the network can have this origin. */
export const SCHEME = 'engineroom'
export const ORIGIN = `${SCHEME}://app`
export const START_PAGE = `${ORIGIN}/`

/** Whether a URL belongs to our own site. */
export function isOwnUrl(url: string): boolean {
  return url === ORIGIN || url.startsWith(START_PAGE)
}

/** Whether a person may be sent there: web addresses, nothing that starts a program. */
export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}
