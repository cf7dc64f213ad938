import { defineStore } from 'pinia'
import { computed, shallowReactive } from 'vue'
import { messageOf } from '../api/engine-client.ts'
import { findImage, listImages, removeImage, tagImage } from '../api/images.ts'
import type { EngineEvent, ImageRow } from '../api/types.ts'
import { createCollection } from './collection.ts'
import { useEngine } from './engine.ts'

const CHANGING = new Set(['pull', 'tag', 'untag', 'import', 'load', 'create'])

export const useImages = defineStore('images', () => {
  const engine = useEngine()
  const collection = createCollection<ImageRow>({
    keyOf: (row) => row.id,
    list: listImages,
    fetch: async (ids) => (await Promise.all(ids.map(findImage))).filter((row) => row !== undefined),
    changed(row) {
      takeTagsFromOthers(row)
      hideParentOf(row)
    },
    failed: engine.distrust,
  })
  const { rows, isLoaded, failure, load, refresh, forget } = collection
  const failures = shallowReactive(new Map<string, string>())

  const sorted = computed(() => [...rows.values()].sort((a, b) => (b.createdAtMs ?? 0) - (a.createdAtMs ?? 0) || a.id.localeCompare(b.id)))
  const totalBytes = computed(() => sorted.value.reduce((sum, row) => sum + row.sizeBytes, 0))

  function take({ type, action, id }: EngineEvent): void {
    if (type === 'container' && action === 'commit') return
    if (type !== 'image') return
    if (action === 'delete') {
      forget(id)
      failures.delete(id)
    } else if (CHANGING.has(action)) void refreshNamed(id)
  }

  /** An event names an image by its id, or (pull) by the name it was asked for. */
  async function refreshNamed(reference: string): Promise<void> {
    if (reference.startsWith('sha256:')) return refresh(reference)
    try {
      const image = await findImage(reference)
      if (image) refresh(image.id)
    } catch (error) {
      collection.failed(error)
    }
  }

  /** A name means one image: whoever got it took it from another, and docker sends no event for the loser. */
  function takeTagsFromOthers(changed: ImageRow): void {
    for (const row of rows.values()) {
      if (row.id === changed.id || !row.tags.some((tag) => changed.tags.includes(tag))) continue
      rows.set(row.id, { ...row, tags: row.tags.filter((tag) => !changed.tags.includes(tag)) })
    }
  }

  /** As the list does: an image without a name on which another stands is a step of a build. */
  function hideParentOf({ parentId }: ImageRow): void {
    if (rows.get(parentId)?.tags.length === 0) forget(parentId)
  }

  /** Takes a name away, or with the id the whole image; why it could not be done is in `failures` under `id`. */
  async function remove(id: string, reference: string): Promise<void> {
    await attempt(id, () => removeImage(reference, false))
  }

  async function tag(id: string, repository: string, name: string): Promise<void> {
    await attempt(id, () => tagImage(id, repository, name))
  }

  async function attempt(id: string, work: () => Promise<void>): Promise<void> {
    failures.delete(id)
    try {
      await work()
    } catch (error) {
      failures.set(id, messageOf(error))
    }
  }

  return { rows, sorted, totalBytes, isLoaded, failure, failures, load, take, remove, tag }
})
