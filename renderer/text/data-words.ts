import type { DataUsage, PrunePlan } from '../api/data-root.ts'
import { count, formatBytes, shortId } from './quantity.ts'

/** What each kind of the data directory is, in a word and in a sentence. */
export const KIND_WORDS: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  images: { title: 'Images, unpacked', text: 'The layers that containers run on' },
  blobs: { title: 'Images, as they came', text: 'Packed, for push and save' },
  registry: { title: 'Local registry', text: 'What only it has' },
  containers: { title: 'Containers', text: 'What they wrote outside of volumes' },
  logs: { title: 'Logs', text: 'What containers said' },
  volumes: { title: 'Volumes', text: 'Data that outlives containers' },
  'build-cache': { title: 'Build cache', text: 'Kept by RUN --mount=type=cache' },
  database: { title: 'Database', text: 'What the engine knows' },
  temporary: { title: 'Temporary', text: 'Of pulls and builds under way' },
  other: { title: 'Other', text: 'The engine’s own files' },
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
  return all === 0 ? 'none' : `${all.toLocaleString('en')}, ${(active ?? 0).toLocaleString('en')} in use`
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
    { title: 'Containers that do not run', bytes: sum(containers), lines: containers.map(({ id, name, bytes }) => ({ key: id, name, bytes })) },
    {
      title: 'Images that no container needs',
      bytes: imageBytes,
      // Layers are shared: what one image alone would give back cannot be told.
      lines: images.map(({ id, names }) => ({ key: id, name: names.join(', ') || `${shortId(id)}, without a name`, bytes: undefined })),
    },
    {
      title: 'Anonymous volumes that no container uses',
      bytes: sum(volumes),
      lines: volumes.map(({ name, bytes }) => ({ key: name, name: shortId(name), bytes })),
    },
    {
      title: 'Build caches that no build uses',
      bytes: sum(buildCaches),
      lines: buildCaches.map(({ name, bytes }) => ({ key: name, name: shortId(name), bytes })),
    },
  ].filter(({ lines }) => lines.length > 0)
}

/** What stands on the button that removes. */
export function pruneWords(plan: PrunePlan): string {
  const things = plan.containers.length + plan.images.length + plan.volumes.length + plan.buildCaches.length
  return `Remove ${count(things, 'thing')}, ${formatBytes(plan.bytes)}`
}
