import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Log } from '../log.ts'
import type { Health } from './health.ts'
import { HealthFiles } from './health-files.ts'
import { ContainerPaths } from './paths.ts'

let root: string
let paths: ContainerPaths
const log = new Log('info')
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'er-health-'))
  paths = new ContainerPaths(root, '/none')
  mkdirSync(paths.folder('one'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

const health: Health = { status: 'healthy', failingStreak: 0, log: [{ Start: 's', End: 'e', ExitCode: 0, Output: 'fine' }] }

it('gives back what was kept, and nothing for others', () => {
  const files = new HealthFiles(paths, log)
  files.save('one', health)
  files.save('one', { ...health, status: 'unhealthy' })
  expect(new HealthFiles(paths, log).load('one')).toEqual({ ...health, status: 'unhealthy' })
  expect(readdirSync(paths.folder('one'))).toEqual(['health.json'])
  expect(files.load('other')).toBeUndefined()
})

it('says so when it cannot keep anything', () => {
  const warn = vi.spyOn(log, 'warn').mockReturnValue()
  new HealthFiles(paths, log).save('without a folder', health)
  expect(warn).toHaveBeenCalledOnce()
})
