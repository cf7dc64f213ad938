import type { DataUsage, PrunePlan } from '../api/data-root.ts'
import { formatBytes, shortId } from './quantity.ts'
import { type PlainMessage, say, sayCount } from './say.ts'

/** What each kind of the data directory is, in a word and in a sentence. */
const KIND_WORDS: ReadonlyMap<string, readonly [title: PlainMessage, text: PlainMessage]> = new Map([
  ['images', ['Images, unpacked', 'The layers that containers run on']],
  ['blobs', ['Images, as they came', 'Packed, for push and save']],
  ['registry', ['Local registry', 'What only it has']],
  ['containers', ['Containers', 'What they wrote outside of volumes']],
  ['logs', ['Logs', 'What containers said']],
  ['volumes', ['Volumes', 'Data that outlives containers']],
  ['build-cache', ['Build cache', 'Kept by RUN --mount=type=cache']],
  ['database', ['Database', 'What the engine knows']],
  ['temporary', ['Temporary', 'Of pulls and builds under way']],
  ['other', ['Other', 'The engine’s own files']],
])

export function kindWords(kind: string): { readonly title: string; readonly text: string } {
  const [title, text] = KIND_WORDS.get(kind) ?? []
  return { title: title === undefined ? kind : say(title), text: text === undefined ? '' : say(text) }
}

/** How the disk is divided: by us, by others, not at all. From 0 to 1. */
export function disk({ totalBytes, freeBytes, kinds }: DataUsage) {
  const ownBytes = kinds.reduce((sum, { diskBytes }) => sum + diskBytes, 0)
  const usedBytes = Math.max(0, totalBytes - freeBytes)
  const share = (bytes: number) => (totalBytes === 0 ? 0 : Math.min(1, Math.max(0, bytes / totalBytes)))
  return { ownBytes, freeBytes, totalBytes, ownShare: share(ownBytes), othersShare: share(usedBytes - ownBytes) }
}

/** `3, 1 in use`; empty for what is no list of things. */
export function countWords({ count: all, active }: { readonly count: number | undefined; readonly active: number | undefined }): string {
  if (all === undefined) return ''
  return all === 0 ? say('none') : say('{all}, {active} in use', { all, active: active ?? 0 })
}

export interface PlanSection {
  readonly title: string
  readonly bytes: number
  readonly lines: readonly { readonly key: string; readonly name: string; readonly bytes: number | undefined }[]
}

/** What a plan would remove, kind by kind; kinds of which nothing goes are left out. */
export function planSections({ containers, images, imageBytes, volumes, buildCaches }: PrunePlan): PlanSection[] {
  const sum = (sized: readonly { readonly bytes: number }[]) => sized.reduce((total, { bytes }) => total + bytes, 0)
  return [
    { title: say('Containers that do not run'), bytes: sum(containers), lines: containers.map(({ id, name, bytes }) => ({ key: id, name, bytes })) },
    {
      title: say('Images that no container needs'),
      bytes: imageBytes,
      // Layers are shared: what one image alone would give back cannot be told.
      lines: images.map(({ id, names }) => ({ key: id, name: names.join(', ') || say('{id}, without a name', { id: shortId(id) }), bytes: undefined })),
    },
    {
      title: say('Anonymous volumes that no container uses'),
      bytes: sum(volumes),
      lines: volumes.map(({ name, bytes }) => ({ key: name, name: shortId(name), bytes })),
    },
    {
      title: say('Build caches that no build uses'),
      bytes: sum(buildCaches),
      lines: buildCaches.map(({ name, bytes }) => ({ key: name, name: shortId(name), bytes })),
    },
  ].filter(({ lines }) => lines.length > 0)
}

/** What stands on the button that removes. */
export function pruneWords(plan: PrunePlan): string {
  const things = plan.containers.length + plan.images.length + plan.volumes.length + plan.buildCaches.length
  return sayCount(things, 'Remove {count} thing, {size}', 'Remove {count} things, {size}', { size: formatBytes(plan.bytes) })
}
