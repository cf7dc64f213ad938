import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../linux/run.ts'
import type { ExtractReply } from './extractor.ts'
import { startUnpacking } from './unpacking-process.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'unpacking-'))
  await mkdir(join(root, 'layer'))
})
afterEach(() => rm(root, { recursive: true }))

it('unpacks layers until it is told to end', async () => {
  await writeFile(join(root, 'file'), 'words')
  await run('tar', ['-C', root, '-cf', join(root, 'layer.tar'), 'file'])
  const replies: ExtractReply[] = []
  const { promise: replied, resolve: onReplied } = Promise.withResolvers<void>()
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<unknown>()
  const onReply = (reply: ExtractReply) => {
    replies.push(reply)
    if (reply.kind !== 'progress') onReplied()
  }
  const unpacking = startUnpacking({ onReply, onEnd })
  unpacking.send({ job: 7, blobPath: join(root, 'layer.tar'), folder: join(root, 'layer') })
  await Promise.race([replied, ended])
  expect(replies.at(-1)).toMatchObject({ job: 7, kind: 'done', extracted: { sizeBytes: 5 } })
  expect(await readFile(join(root, 'layer/file'), 'utf8')).toBe('words')
  unpacking.end()
  expect(await ended).toMatchObject({ message: 'the extraction process ended with SIGKILL' })
})
