/** A package of Debian's archive, as its index tells of it. @see deb-control(5), Debian policy 5.3 */
export interface IndexedPackage {
  readonly name: string
  readonly version: string
  /** Below the archive's address. */
  readonly filename: string
  readonly sha256: string
  readonly sizeBytes: number
  /** Names only, of `Depends`; of alternatives, the first. */
  readonly depends: readonly string[]
}

/**
 * Reads a `Packages` file.
 * @param wanted whether a package of this name is asked for: the file tells of sixty thousand
 * @throws Error when a package that is asked for lacks a field
 */
export function parsePackageIndex(text: string, wanted: (name: string) => boolean): IndexedPackage[] {
  return text.split(/\n\n+/).flatMap((paragraph) => {
    const name = /^Package: (.+)$/m.exec(paragraph)?.[1]
    return name !== undefined && wanted(name) ? [parseParagraph(name, paragraph)] : []
  })
}

function parseParagraph(name: string, paragraph: string): IndexedPackage {
  const field = (key: string): string | undefined => new RegExp(`^${key}: (.+)$`, 'm').exec(paragraph)?.[1]
  const required = (key: string): string => {
    const value = field(key)
    if (value === undefined) throw new Error(`the index says nothing of ${key} of ${name}`)
    return value
  }
  return {
    name,
    version: required('Version'),
    filename: required('Filename'),
    sha256: required('SHA256'),
    sizeBytes: Number(required('Size')),
    depends: (field('Depends') ?? '').split(',').flatMap((one) => /^\s*([a-z0-9][a-z0-9.+-]*)/.exec(one)?.[1] ?? []),
  }
}
