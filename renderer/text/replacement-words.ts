import type { PortChange } from '../api/replacement.ts'
import type { ReplacementFacts } from '../api/replacement-facts.ts'
import { formatBytes, shortenIds } from './quantity.ts'
import { say, sayCount, sayList } from './say.ts'

/** What will be done, in its order. @param keepAs the image that its own files are kept in; empty for none */
export function replacementSteps(
  { name, isLive, volumes, networks, changes }: ReplacementFacts,
  { inside, to, addresses }: PortChange,
  keepAs: string,
): string[] {
  const where = addresses.length > 0 ? addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${to}`) : [String(to)]
  return [
    ...(isLive ? [say('{name} is stopped.', { name })] : []),
    ...(keepAs !== '' ? [say('Its own files are committed as {image}, which the new container is made from.', { image: keepAs })] : []),
    say('A new container {name} is created with the same configuration, {port} being published at {where}.', { name, port: inside, where: sayList(where) }),
    ...(volumes.length > 0
      ? [
          say('It takes over the volumes, with their data: {volumes}.', {
            volumes: sayList(volumes.map((one) => `${shortenIds(one.name)} (${one.destination})`)),
          }),
        ]
      : []),
    ...(networks.length > 0 ? [say('It joins the same networks: {networks}.', { networks: sayList(networks) })] : []),
    isLive ? say('It is started. If that fails, it goes, and the old one is back as it was, running.') : say('It is not started, as the old one was not.'),
    changes.length > 0 && keepAs === ''
      ? say('The old container is removed, and its own files with it.')
      : say('The old container is removed. Its ID and its log go with it.'),
  ]
}

/** What else it means, for who relies on the container as it is. */
export function replacementNotes({ project, sharers }: ReplacementFacts): string[] {
  return [
    say('The ID changes: what names the container by its ID no longer finds it; its log so far ends with the old one.'),
    ...(project !== ''
      ? [
          say(
            'It belongs to the compose project {project}, whose file still says the old port: change it there, too, or the next “docker compose up” may change it back.',
            { project },
          ),
        ]
      : []),
    ...(sharers.length > 0 ? [say('{names} use its network: start them again afterwards.', { names: sayList(sharers) })] : []),
  ]
}

/** What would be lost: how many files, and how large. */
export function writtenWords({ changes, writtenBytes }: ReplacementFacts): string {
  return sayCount(
    changes.length,
    '{count} path in its own files, in no volume, differs from the image ({size}). It is LOST unless it is kept.',
    '{count} paths in its own files, in no volume, differ from the image ({size}). They are LOST unless they are kept.',
    {
      size: formatBytes(writtenBytes),
    },
  )
}

/** A name for the image that keeps a container's files: `web:kept-20261129-031500`. */
export function keptImageName(container: string, now: Date): string {
  const repository =
    container
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'container'
  return `${repository}:kept-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}`
}

/** `127.0.0.1, ::1` → addresses; none for every one. */
export function addressList(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .map((one) => one.replace(/^\[(.*)\]$/, '$1'))
    .filter(Boolean)
}
