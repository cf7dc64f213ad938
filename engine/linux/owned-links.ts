import { readdir, readFile } from 'node:fs/promises'
import { hasCode } from '../errors.ts'
import { batch, kernelsReason, removeLink } from './links.ts'
import { ToolError } from './run.ts'

/** An interface of the host's that others will stand on, marked as somebody's. */
export interface OwnedLink {
  readonly name: string
  /** What it is called until it is marked. */
  readonly temporaryName: string
  /** Its alias: tells whoever finds it whose it is. @see ip-link(8), "alias" */
  readonly owner: string
  /** A dummy leads nowhere; a VLAN is a part of what passes its parent. */
  readonly kind: { readonly type: 'dummy'; readonly mtu: number } | { readonly type: 'vlan'; readonly parent: string; readonly id: number }
}

/**
 * Makes it, and brings it up. What a kill leaves of it has either the temporary name or the mark.
 * @throws Error with the kernel's reason
 */
export async function makeOwnedLink({ name, temporaryName, owner, kind }: OwnedLink): Promise<void> {
  const how = kind.type === 'dummy' ? `mtu ${kind.mtu} type dummy` : `type vlan id ${kind.id}`
  const parent = kind.type === 'vlan' ? `link ${kind.parent} ` : ''
  await removeLink(temporaryName)
  try {
    await batch([], [`link add ${parent}name ${temporaryName} ${how}`, `link set ${temporaryName} alias ${owner}`, `link set ${temporaryName} name ${name}`])
    await batch([], [`link set ${name} up`])
  } catch (error) {
    await removeLink(temporaryName)
    throw error instanceof ToolError ? new Error(kernelsReason(error), { cause: error }) : error
  }
}

/** Whose an interface is; empty when it has no mark, or is not there. */
export async function ownerOfLink(name: string): Promise<string> {
  try {
    return (await readFile(`/sys/class/net/${name}/ifalias`, 'utf8')).trim()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'EINVAL', 'ENOTDIR')) return ''
    throw error
  }
}

/** The interfaces with somebody's mark. */
export async function linksOwnedBy(owner: string): Promise<string[]> {
  const names = await readdir('/sys/class/net')
  const owners = await Promise.all(names.map(ownerOfLink))
  return names.filter((_, i) => owners[i] === owner)
}
