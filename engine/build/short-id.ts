import type { Image } from '../images/image.ts'

/** As docker shows it to people. */
export function shortId(image: Image): string {
  return image.id.slice('sha256:'.length, 'sha256:'.length + 12)
}
