import { describe, expect, it } from 'vitest'
import { type ListingShape, renderListing } from './listing.ts'

interface Fruit {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

const SHAPE: ListingShape<Fruit> = {
  table: 'table {{.Name}}\t{{.Length}}',
  columns: { Name: ['NAME', ({ name }) => name], Length: ['LENGTH', ({ name }) => String(name.length)] },
  methods: { Label: { title: (key) => key.toUpperCase(), text: ({ labels }, key) => labels[key] ?? '' } },
}
const FRUITS: Fruit[] = [
  { name: 'apple', labels: { colour: 'red' } },
  { name: '<fig>', labels: {} },
]
const list = (format: string) => renderListing(SHAPE, format, FRUITS)

describe('renderListing', () => {
  it('has a table by default', () => expect(list('')).toBe('NAME      LENGTH\napple     5\n<fig>     5\n'))
  it('shows the header of an empty table', () => expect(renderListing(SHAPE, 'table', [])).toBe('NAME      LENGTH\n'))
  it('takes a table of other columns, typed in a shell', () => {
    expect(list('table {{.Length}}\\t{{upper .Name}}\\t{{.Label "colour"}}')).toBe(
      'LENGTH    NAME      COLOUR\n5         APPLE     red\n5         <FIG>     \n',
    )
  })
  it('takes a template per item', () => expect(list('{{.Name}}={{.Length}}')).toBe('apple=5\n<fig>=5\n'))
  it('writes a row as JSON with sorted keys and escaped HTML, a field as it is', () => {
    expect(list('json')).toBe('{"Length":"5","Name":"apple"}\n{"Length":"5","Name":"\\u003cfig\\u003e"}\n')
    expect(list('{{json .Name}}')).toBe('"apple"\n"<fig>"\n')
  })
  it('says what is wrong with a template', () => {
    expect(() => list('{{.Name')).toThrow('template parsing error: template: :1: unclosed action')
    expect(() => list('{{.Weight}}')).toThrow('executing "" at <.Weight>')
  })
})
