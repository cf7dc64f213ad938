import type { HistoryEntry, Image } from './image.ts'

/** A step of how an image was made. */
export interface ImageStep {
  readonly entry: HistoryEntry
  /** Of its layers, the lowest being 0; undefined for a step that added none. */
  readonly layer: number | undefined
}

/** The steps of an image, oldest first; one for each layer when its configuration tells of none. @see OCI image-spec config.md, "history" */
export function imageSteps({ history, diffIds, created }: Image): ImageStep[] {
  const entries: readonly HistoryEntry[] = history.length > 0 ? history : diffIds.map(() => ({ created, created_by: '', comment: '', empty_layer: false }))
  let layer = 0
  return entries.map((entry) => ({ entry, layer: entry.empty_layer ? undefined : layer++ }))
}
