import { readFile, writeFile } from 'node:fs/promises'
import type { SandboxFiles } from '../networks/sandbox-files.ts'
import type { Container } from './container.ts'
import type { ContainerParts } from './parts.ts'

/** The files of a container that is about to start: hosts, resolv.conf, hostname. */
export function writeHostFiles(parts: ContainerParts, container: Container, files: SandboxFiles): Promise<void> {
  const { id } = container
  return container.filesLock.run(async () => {
    await Promise.all([
      writeFile(parts.paths.hosts(id), files.hostsFile),
      writeFile(parts.paths.resolvConf(id), files.resolvConf),
      writeFile(parts.paths.hostname(id), `${container.spec.config.Hostname ?? ''}\n`),
    ])
  })
}

/**
 * Brings the files of a running container up to date, without what its processes wrote into them: of hosts, our lines
 * come and go; resolv.conf is ours until somebody changes it. They are mounted, so they stay the same files.
 */
export function updateHostFiles(parts: ContainerParts, container: Container, before: SandboxFiles, after: SandboxFiles): Promise<void> {
  const [hosts, resolvConf] = [parts.paths.hosts(container.id), parts.paths.resolvConf(container.id)]
  return container.filesLock.run(async () => {
    if (before.hostsFile !== after.hostsFile) await writeFile(hosts, exchangeLines(await readFile(hosts, 'utf8'), before.hostsFile, after.hostsFile))
    if (before.resolvConf !== after.resolvConf && (await readFile(resolvConf, 'utf8')) === before.resolvConf) await writeFile(resolvConf, after.resolvConf)
  })
}

/** The text without the lines that only `before` has, and with those that only `after` has. */
export function exchangeLines(text: string, before: string, after: string): string {
  const [old, wanted] = [new Set(before.split('\n')), new Set(after.split('\n'))]
  const lines = text.replace(/\n$/, '').split('\n')
  const kept = lines.filter((line) => !old.has(line) || wanted.has(line))
  const added = [...wanted].filter((line) => line !== '' && !old.has(line))
  return `${[...kept, ...added].join('\n')}\n`
}

/** Exchanges one line of a running container's hosts file, by the names in it. */
export function replaceHostsLine(parts: ContainerParts, container: Container, names: readonly string[], address: string): Promise<void> {
  const path = parts.paths.hosts(container.id)
  return container.filesLock.run(async () => {
    const text = await readFile(path, 'utf8')
    const changed = withAddress(text, names, address)
    if (changed !== text) await writeFile(path, changed)
  })
}

/** The text in which the line with these names has that address. */
export function withAddress(text: string, names: readonly string[], address: string): string {
  const end = `\t${names.join(' ')}`
  return text
    .split('\n')
    .map((line) => (line.endsWith(end) ? `${address}${end}` : line))
    .join('\n')
}
