import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../state/database.ts'
import { ImageRepository } from '../state/images.ts'
import { parseDigest } from './digest.ts'
import { ImageNames } from './names.ts'
import { parseReference } from './reference.ts'

const one = parseDigest(`sha256:${'1'.repeat(64)}`)
const two = parseDigest(`sha256:${'2'.repeat(64)}`)
const AT = '2026-11-24T10:00:00Z'

let folder: string
let db: Database
let names: ImageNames
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'er-db-'))
  db = openDatabase(join(folder, 'engine.db'))
  const repository = new ImageRepository(db)
  for (const id of [one, two]) repository.insertImage({ id, parent: null, lastTagTime: null }, [])
  names = new ImageNames(repository)
})
afterEach(() => {
  db.close()
  rmSync(folder, { recursive: true })
})

describe('ImageNames', () => {
  it('finds an image by every spelling of its name', () => {
    names.put(parseReference('busybox:1'), one, AT)
    for (const text of ['busybox:1', 'library/busybox:1', 'docker.io/busybox:1']) expect(names.find(parseReference(text))).toBe(one)
    expect(names.find(parseReference('busybox:2'))).toBeUndefined()
  })

  it('a name moves from one image to another', () => {
    names.put(parseReference('x:1'), one, AT)
    names.put(parseReference('x:1'), two, AT)
    expect(names.find(parseReference('x:1'))).toBe(two)
    expect(names.of(one)).toEqual([])
  })

  it('tells who lost a name', () => {
    names.put(parseReference('x:1'), one, AT)
    expect(names.remove(parseReference('x:1'))).toBe(one)
    expect(names.remove(parseReference('x:1'))).toBeUndefined()
  })

  it('a digest says more than a tag beside it', () => {
    names.put(parseReference(`x@${two}`), one, AT)
    expect(names.find(parseReference(`x:whatever@${two}`))).toBe(one)
  })

  it('shows tags and digests apart, familiar and in order', () => {
    for (const text of ['x:2', 'host:5000/y:1', 'x:1', `x@${two}`]) names.put(parseReference(text), one, AT)
    expect(names.familiarOf(one)).toEqual({ repoTags: ['host:5000/y:1', 'x:1', 'x:2'], repoDigests: [`x@${two}`] })
    expect(names.tagsOf('docker.io/library/x')).toEqual(['1', '2'])
  })

  it('are there again after a restart', () => {
    names.put(parseReference('x:1'), one, AT)
    names.put(parseReference('x:2'), two, AT)
    names.remove(parseReference('x:2'))
    const again = new ImageNames(new ImageRepository(db))
    again.load()
    expect([again.find(parseReference('x:1')), again.find(parseReference('x:2'))]).toEqual([one, undefined])
  })
})
