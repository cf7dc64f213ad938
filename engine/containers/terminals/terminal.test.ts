import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EndReason, Role, TerminalNews, TerminalSize } from './person.ts'
import { Terminal } from './terminal.ts'

const SIZE = { rows: 24, columns: 80 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function opened() {
  const shell = { typed: '', sizes: [] as TerminalSize[], hangUps: 0, terminalEnds: 0 }
  const terminal = new Terminal({ containerId: 'c', folder: '/nowhere', size: SIZE, ended: () => void shell.terminalEnds++ })
  terminal.begin({
    execId: 'e',
    write: (data) => void (shell.typed += data),
    resize: (size) => void shell.sizes.push(size),
    hangUp: () => void shell.hangUps++,
  })
  const come = (role: Role, { size = SIZE, name = '', shareId }: { size?: TerminalSize; name?: string; shareId?: string } = {}) => {
    const seen = { text: '', news: undefined as TerminalNews | undefined, end: undefined as EndReason | undefined }
    const viewer = {
      output: (data: Buffer) => void (seen.text += data),
      news: (news: TerminalNews) => void (seen.news = news),
      ended: (reason: EndReason) => void (seen.end = reason),
    }
    return { seen, stay: terminal.join({ viewer, role, name, size, ...(shareId !== undefined && { shareId }) }) }
  }
  return { terminal, shell, come }
}

test('what everybody types who may goes to the one shell; of who only looks on, nothing', () => {
  const { shell, come } = opened()
  for (const role of ['owner', 'view', 'control'] as const) come(role).stay.type(Buffer.from(role))
  expect(shell.typed).toBe('ownercontrol')
})

test('the output goes to everybody, and to who comes late what was there before', () => {
  const { terminal, come } = opened()
  const early = come('owner')
  terminal.output(Buffer.from('one '))
  const late = come('view')
  terminal.output(Buffer.from('two'))
  expect([early.seen.text, late.seen.text]).toEqual(['one two', 'one two'])
})

test('it is as large as the smallest window of those who may type, and grows when that one leaves', () => {
  const { shell, come } = opened()
  come('owner')
  come('view', { size: { rows: 5, columns: 5 } })
  const small = come('control', { size: { rows: 10, columns: 100 } })
  small.stay.resize({ rows: 12, columns: 60 })
  small.stay.leave()
  expect(shell.sizes).toEqual([{ rows: 10, columns: 80 }, { rows: 12, columns: 60 }, SIZE])
})

test('everybody sees who is there; only owners see the links', () => {
  const { terminal, come } = opened()
  const owner = come('owner')
  const { id, expiresAtMs } = terminal.share('view', 60)
  const guest = come('view', { name: '  \u202eann\n\u200b ', shareId: id })
  expect(owner.seen.news?.people.map(({ name, role, number }) => ({ name, role, number }))).toEqual([
    { name: '', role: 'owner', number: 1 },
    { name: 'ann', role: 'view', number: 2 },
  ])
  expect(owner.seen.news?.shares).toEqual([{ id, mode: 'view', expiresAtMs }])
  expect(guest.seen.news).not.toHaveProperty('shares')
  guest.stay.rename('bob')
  expect(owner.seen.news?.people[1]?.name).toBe('bob')
})

test('a link is over when it expires, or is revoked: its guests leave, and nobody else', () => {
  const { terminal, shell, come } = opened()
  const owner = come('owner')
  const short = terminal.share('control', 60)
  const other = terminal.share('control', 3600)
  const guests = [short, other].map(({ id }) => come('control', { shareId: id }))
  expect(terminal.shareById(short.id)?.admits(short.token)).toBe(true)
  expect(terminal.shareById(short.id)?.admits(other.token)).toBe(false)
  vi.advanceTimersByTime(60_000)
  expect(guests.map(({ seen }) => seen.end)).toEqual(['expired', undefined])
  expect(terminal.shareById(short.id)).toBeUndefined()
  terminal.revoke(other.id)
  expect(guests.map(({ seen }) => seen.end)).toEqual(['expired', 'revoked'])
  for (const { stay } of guests) stay.type(Buffer.from('late'))
  expect([shell.typed, owner.seen.end, owner.seen.news?.people.length]).toEqual(['', undefined, 1])
  expect(() => terminal.revoke(other.id)).toThrow('No such link')
})

test('links outlive an owner who loads the window anew; half a minute, then guests leave, and in the end the shell', () => {
  const { terminal, shell, come } = opened()
  const share = terminal.share('control', 3600)
  come('owner').stay.leave()
  const guest = come('control', { shareId: share.id })
  vi.advanceTimersByTime(29_000)
  const back = come('owner')
  vi.advanceTimersByTime(600_000)
  expect(guest.seen.end).toBeUndefined()
  back.stay.leave()
  vi.advanceTimersByTime(30_000)
  expect([guest.seen.end, shell.hangUps]).toEqual(['closed', 0])
  vi.advanceTimersByTime(570_000)
  expect([shell.hangUps, shell.terminalEnds]).toEqual([1, 1])
})

test('one that nobody comes to ends after half a minute', () => {
  const { shell } = opened()
  vi.advanceTimersByTime(30_000)
  expect([shell.hangUps, shell.terminalEnds]).toEqual([1, 1])
})

test('when the shell ends, or an owner closes it, it is over for everybody', () => {
  for (const [reason, hangUps] of [
    ['exit', 0],
    ['closed', 1],
  ] as const) {
    const { terminal, shell, come } = opened()
    const all = [come('owner'), come('view')]
    terminal.close(reason)
    terminal.close(reason)
    expect(all.map(({ seen }) => seen.end)).toEqual([reason, reason])
    expect([shell.hangUps, shell.terminalEnds]).toEqual([hangUps, 1])
  }
})

test('neither people nor links are without number', () => {
  const { terminal, come } = opened()
  for (let count = 0; count < 16; count++) terminal.share('view', 60)
  expect(() => terminal.share('view', 60)).toThrow('16 links')
  for (let count = 0; count < 32; count++) come('view')
  expect(() => come('view')).toThrow('too many people')
  // Guests shut nobody out who is at home here.
  come('owner')
})
