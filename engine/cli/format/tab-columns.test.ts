import { describe, expect, it } from 'vitest'
import { displayWidth, tabColumns } from './tab-columns.ts'

const LIST = { minimumWidth: 10, padding: 3 }

describe('tabColumns', () => {
  it('makes a column as wide as its widest cell and three more', () => {
    const text = 'NAME\tIMAGE\nweb\ta-rather-long-image\nx\tb'
    expect(tabColumns(text, LIST)).toBe('NAME      IMAGE\nweb       a-rather-long-image\nx         b')
    expect(tabColumns('ID\tNAME\n0123456789ab\tx', LIST)).toBe('ID             NAME\n0123456789ab   x')
  })

  it('leaves what follows the last tab as it is', () => {
    expect(tabColumns('a\tb\nc\t', LIST)).toBe('a         b\nc         ')
  })

  it('starts anew where a line has no such column, as Go does', () => {
    const text = 'Client:\n Version:\t1\n API version:\t2\nServer:\n x:\t3'
    expect(tabColumns(text, { minimumWidth: 4, padding: 1 })).toBe('Client:\n Version:     1\n API version: 2\nServer:\n x: 3')
  })

  it('counts wide characters twice', () => {
    expect(displayWidth('日本')).toBe(4)
    expect(displayWidth('a…b')).toBe(3)
    expect(tabColumns('日本語日本語\tx\nabcdefghijkl\ty', LIST)).toBe('日本語日本語   x\nabcdefghijkl   y')
  })
})
