import { EngineError } from '../errors.ts'
import { hostArchitecture, type Image } from '../images/image.ts'
import { familiarName, parseReference, withDefaultTag } from '../images/reference.ts'
import { parsePlatform } from '../images/registry/manifest.ts'

/**
 * Whether an image is for the platform that was asked for, or else for this machine.
 * @param wanted `os/architecture[/variant]`; empty when nobody asked
 * @returns warnings
 * @throws EngineError `not-found` when another platform was asked for: clients then pull
 * @see Engine API 1.51 ContainerCreate, `platform`
 */
export function checkPlatform(image: Image, reference: string, wanted: string): string[] {
  const { os, architecture } = parsePlatform(wanted)
  if (image.os === os && (image.architecture === architecture || image.architecture === '')) return []
  const has = [image.os, image.architecture, image.variant].filter(Boolean).join('/')
  if (wanted !== '') {
    const name = familiarName(withDefaultTag(parseReference(reference)))
    throw new EngineError(
      'not-found',
      `image with reference ${name} was found but its platform (${has}) does not match the specified platform (${os}/${architecture})`,
    )
  }
  return [
    `The requested image's platform (${has}) does not match the detected host platform (linux/${hostArchitecture()}) and no specific platform was requested`,
  ]
}
