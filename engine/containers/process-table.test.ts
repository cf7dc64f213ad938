import { describe, expect, it } from 'vitest'
import { parseProcessTable } from './process-table.ts'

const OUTPUT = `UID          PID    PPID  C STIME TTY          TIME CMD
root         100       1  0 13:42 ?        00:00:00 sh -c  sleep   10
root         101       1  0 13:42 ?        00:00:00 another
root         102     100  0 13:42 ?        00:00:00 [sl\u00a0eep]
`

describe('parseProcessTable', () => {
  it('keeps the rows of the container and joins the command line', () => {
    const { titles, rows } = parseProcessTable(OUTPUT, new Set([100, 102]))
    expect(titles).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'])
    expect(rows).toEqual([
      ['root', '100', '1', '0', '13:42', '?', '00:00:00', 'sh -c sleep 10'],
      ['root', '102', '100', '0', '13:42', '?', '00:00:00', '[sl\u00a0eep]'],
    ])
  })

  it('gives threads to the process above them', () => {
    const output = 'PID CMD\n7 a\n- -\n8 b\n- -\n'
    expect(parseProcessTable(output, new Set([8])).rows).toEqual([
      ['8', 'b'],
      ['-', '-'],
    ])
  })

  it('pads a row whose last column is empty', () => {
    expect(parseProcessTable('PID CMD\n7\n', new Set([7])).rows).toEqual([['7', '']])
  })

  it('needs a PID column', () => {
    expect(() => parseProcessTable('USER CMD\nroot sh\n', new Set([1]))).toThrow("Couldn't find PID field in ps output")
  })

  it('does not take a renamed column for the PID', () => {
    expect(() => parseProcessTable('PID CMD\nroot sh\n', new Set([1]))).toThrow("Unexpected pid 'root'")
  })
})
