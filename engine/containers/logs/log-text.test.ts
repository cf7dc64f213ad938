import { describe, expect, it } from 'vitest'
import { LogText } from './log-text.ts'
import type { LogOptions } from './logs.ts'

const all: LogOptions = { stdout: true, stderr: true, follow: false, timestamps: false, details: false, since: undefined, until: undefined, tail: undefined }
const record = (stream: string, tag: string, text: string) => `2026-11-24T10:00:00.000000001+00:00 ${stream} ${tag} ${text}\n`
const MIXED =
  record('stdout', 'F', 'one') + record('stdout', 'F', 'two') + record('stderr', 'F', 'three') + record('stderr', 'F', '') + record('stdout', 'F', 'four')

function render(log: string | Buffer, options: Partial<LogOptions> = {}, details = ''): string[] {
  return new LogText({ ...all, ...options }, details).render(Buffer.from(log)).map(({ stream, text }) => `${stream} ${text.toString('latin1')}`)
}

describe('pieces', () => {
  it('hold all lines of a stream up to the next of the other', () => expect(render(MIXED)).toEqual(['stdout one\ntwo\n', 'stderr three\n\n', 'stdout four\n']))

  it('of one stream are one', () => expect(render(MIXED, { stderr: false })).toEqual(['stdout one\ntwo\nfour\n']))

  it('hold a line each for one who follows', () =>
    expect(render(MIXED, { follow: true })).toEqual(['stdout one\n', 'stdout two\n', 'stderr three\n', 'stderr \n', 'stdout four\n']))

  it('keep every byte', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x1b, 0x80, 0x0d])
    expect(render(Buffer.concat([Buffer.from('t stdout F '), bytes, Buffer.from('\n')]))).toEqual([`stdout ${bytes.toString('latin1')}\n`])
  })
})

it('a line that comes in parts has one head, and one for each stream at a time', () => {
  const parts = record('stdout', 'P', 'a') + record('stderr', 'P', 'b') + record('stdout', 'F', 'c') + record('stderr', 'F', 'd') + record('stdout', 'F', 'e')
  expect(render(parts, { follow: true }, 'x=y ')).toEqual(['stdout x=y a', 'stderr x=y b', 'stdout c\n', 'stderr d\n', 'stdout x=y e\n'])
})

it('heads that are longer than all the log find room', () => {
  const head = 'k=v,'.repeat(100)
  expect(render(MIXED, { timestamps: true }, head).join('')).toBe(
    ['one', 'two', 'three', '', 'four']
      .map((text, index) => `${['stdout ', '', 'stderr ', '', 'stdout '][index]}2026-11-24T10:00:00.000000001Z ${head}${text}\n`)
      .join(''),
  )
})
