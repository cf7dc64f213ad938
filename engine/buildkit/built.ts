import type { Image } from '../images/image.ts'

/** What a stage has become. */
export interface BuiltStage {
  readonly image: Image
  /** What it stands on, stages above it passed over; undefined for `scratch`. */
  readonly base: Image | undefined
}

/** What a build has made: what became of its last stage, and more. */
export interface Built extends BuiltStage {
  /** All that were needed. */
  readonly stages: readonly BuiltStage[]
  /** When it is to have been made, in seconds since 1970: what `SOURCE_DATE_EPOCH` says. */
  readonly epochS: number | undefined
}
