import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { linkIfPossible } from './hard-link.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp('/tmp/er-hard-link-')
  await writeFile(join(folder, 'file'), 'text')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('linkIfPossible', () => {
  it('gives a file a second name, once', async () => {
    const [source, target] = [join(folder, 'file'), join(folder, 'name')]
    expect(await linkIfPossible(source, target)).toBe('made')
    expect((await stat(target)).ino).toBe((await stat(source)).ino)
    expect(await linkIfPossible(source, target)).toBe('taken')
    expect(await readFile(target, 'utf8')).toBe('text')
  })

  it.each(['missing', '/proc/self/status'])('says that %s cannot have one there', async (source) => {
    expect(await linkIfPossible(source === 'missing' ? join(folder, source) : source, join(folder, 'name'))).toBe('impossible')
  })

  it('fails for anything else', async () => {
    await expect(linkIfPossible(join(folder, 'file'), join(folder, 'file', 'name'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
