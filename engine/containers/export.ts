import type { Writable } from 'node:stream'
import { EngineError } from '../errors.ts'
import { TarEditor } from '../images/tar-editor.ts'
import { BARE_NAMES, packTar, SKIP_UNREADABLE, WHOLE_SECONDS } from '../linux/tar.ts'
import type { Container } from './container.ts'
import { publishContainer } from './events.ts'
import type { ContainerParts } from './parts.ts'
import { holdRootfs } from './rootfs.ts'
import { sendArchive } from './send-archive.ts'

/**
 * Writes a container's whole root file system, without its volumes, as a tar archive. It may run meanwhile: the archive
 * is then no snapshot.
 * @param open called once nothing more can be refused; the archive goes there
 * @throws EngineError `conflict` for a container that is dead or being removed
 * @see Engine API 1.51 ContainerExport
 */
export async function exportContainer(parts: ContainerParts, container: Container, open: () => Writable): Promise<void> {
  const { id, state } = container
  if (state.status === 'dead') throw new EngineError('conflict', `You cannot export container ${id} which is Dead`)
  if (state.status === 'removing') throw new EngineError('conflict', `You cannot export container ${id} which is being removed`)
  await using root = await holdRootfs(parts, container)
  await sendArchive([{ pack: async () => packTar(root.path, ['.'], [BARE_NAMES, WHOLE_SECONDS, SKIP_UNREADABLE]), edit: withoutRoot() }], open())
  publishContainer(parts.events, container, 'export')
}

/** Docker's archive begins with the first file, not with the root folder. */
function withoutRoot(): TarEditor {
  return new TarEditor((entry) => (entry.path === './' ? { blocks: Buffer.alloc(0), hasContent: false } : { blocks: entry.blocks, hasContent: true }))
}
