import type { BuildSecrets } from './request.ts'

/** Secrets that open repositories: a whole header, or a token. One for a host has the host's name behind it. @see docker build, "Git authentication for remote contexts" */
const HEADER = 'GIT_AUTH_HEADER'
const TOKEN = 'GIT_AUTH_TOKEN'

/** @returns for HTTP's `Authorization`; undefined for another way to a repository, and where the client has nothing for it */
export async function gitAuthorization(url: string, secrets: BuildSecrets): Promise<string | undefined> {
  if (!/^https?:\/\//.test(url)) return undefined
  const { host } = new URL(url)
  for (const suffix of [`.${host}`, '']) {
    const header = await secrets.secret(`${HEADER}${suffix}`)
    if (header) return Buffer.from(header).toString()
    const token = await secrets.secret(`${TOKEN}${suffix}`)
    if (token) return `basic ${Buffer.from(`x-access-token:${Buffer.from(token).toString()}`).toString('base64')}`
  }
  return undefined
}
