import { expect, it } from 'vitest'
import { kindOf } from './usage.ts'

it.each([
  ['', 'other'],
  ['lock', 'other'],
  ['engine.db-wal', 'database'],
  ['events.jsonl', 'database'],
  ['images', 'other'],
  ['images/layers/0123456789ab/bin/sh', 'images'],
  ['images/layers/init', 'other'],
  ['images/layers/incoming-1/x', 'temporary'],
  ['images/layers/removed-1', 'temporary'],
  ['images/incoming/x', 'temporary'],
  ['images/load-1/x', 'temporary'],
  ['images/blobs/sha256/ab', 'blobs'],
  ['containers/ab/upper/container.log', 'containers'],
  ['containers/ab/container.log.1.gz', 'logs'],
  ['volumes/v/_data', 'volumes'],
  ['registry/docker/registry/v2/blobs', 'registry'],
  ['build-caches/x', 'build-cache'],
  ['builds/x', 'temporary'],
])('%s is of the kind %s', (path, kind) => expect(kindOf(path)).toBe(kind))
