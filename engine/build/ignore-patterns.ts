import dockerignore from '@balena/dockerignore'

type Factory = typeof dockerignore.default

/**
 * Reads patterns as they stand in a .dockerignore, one a line.
 * @returns whether a path, relative to the context, is left out
 * @see docker build, ".dockerignore file"
 */
export function ignorePatterns(text: string): (path: string) => boolean {
  const factory: unknown = dockerignore
  if (!isFactory(factory)) throw new Error('the package @balena/dockerignore is not what it was')
  const rules = factory().add(text)
  return (path) => rules.ignores(path)
}

/** The package is CommonJS, and its types speak of a default export inside of what it really is: the function itself. */
function isFactory(value: unknown): value is Factory {
  return typeof value === 'function'
}
