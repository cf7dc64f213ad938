import type { Image } from '../images/image.ts'

/** An image that is elsewhere: what made it is known here, its layers come once a step of it is wanted. */
export interface CacheSource {
  readonly image: Image
  /**
   * Has the layers of its first steps be here.
   * @param layers how many of them
   * @returns false when they cannot be had: who asked makes the step anew
   */
  fetch(layers: number): Promise<boolean>
}
