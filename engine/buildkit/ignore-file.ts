import { posix } from 'node:path'

/** The patterns of a .dockerignore as the client takes them over the wire. @see docker build, ".dockerignore file" */
export function ignoreList(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const isException = line.startsWith('!')
      const pattern = (isException ? line.slice(1).trim() : line) || '.'
      const clean = posix.normalize(pattern).replace(/(?<=.)\/$/, '')
      return `${isException ? '!' : ''}${clean.length > 1 ? clean.replace(/^\//, '') : clean}`
    })
}
