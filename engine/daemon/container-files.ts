import type { ContainerParts } from '../containers/parts.ts'

export function containerFileParts(parts: ContainerParts) {
  return parts
}
