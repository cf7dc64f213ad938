import { expect, it } from 'vitest'
import { debianChangelog } from './debian-changelog.ts'

it('is one that dpkg-parsechangelog reads', () => {
  const entry = { name: 'engineroom-engine', version: '1.2.3', maintainer: 'A <a@b.invalid>', time: new Date('2026-11-08T09:05:00Z') }
  expect(debianChangelog(entry)).toBe(
    `engineroom-engine (1.2.3) unstable; urgency=medium

  * What changed is in CHANGELOG.md.gz, beside this file.

 -- A <a@b.invalid>  Sun, 08 Nov 2026 09:05:00 +0000
`,
  )
})
