import { describe, expect, it } from 'vitest'
import { exchangeLines, withAddress } from './host-files.ts'

describe('exchangeLines', () => {
  const text = '127.0.0.1\tlocalhost\n172.17.0.2\tbox\n10.1.1.1 added by hand\n'

  it('brings ours and leaves what others wrote', () => {
    expect(exchangeLines(text, '127.0.0.1\tlocalhost\n172.17.0.2\tbox\n', '127.0.0.1\tlocalhost\n172.17.0.2\tbox\n10.0.0.2\tbox\n')).toBe(
      `${text}10.0.0.2\tbox\n`,
    )
  })
  it('takes ours away', () => {
    expect(exchangeLines(text, '127.0.0.1\tlocalhost\n172.17.0.2\tbox\n', '127.0.0.1\tlocalhost\n')).toBe('127.0.0.1\tlocalhost\n10.1.1.1 added by hand\n')
  })
  it('changes nothing when there is nothing to change', () => expect(exchangeLines(text, 'a\n', 'a\n')).toBe(text))
})

describe('withAddress', () => {
  const text = '172.17.0.2\tdb 0123 store\n172.17.0.9\tdb\n'
  it('changes the line with these names', () =>
    expect(withAddress(text, ['db', '0123', 'store'], '172.17.0.5')).toBe('172.17.0.5\tdb 0123 store\n172.17.0.9\tdb\n'))
  it('and no other', () => expect(withAddress(text, ['store'], '172.17.0.5')).toBe(text))
})
