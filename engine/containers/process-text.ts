import type { ContainerSpec } from './container.ts'

/** The command of a container as one line: words with blanks in single quotes, as `docker ps` shows it. */
export function commandText({ path, args }: Pick<ContainerSpec, 'path' | 'args'>): string {
  return [path, ...args].map((word) => (/\s/.test(word) ? `'${word}'` : word)).join(' ')
}
