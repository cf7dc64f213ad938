/** Something that a person is told while doing something else. */
export interface Notice {
  readonly kind: 'crash' | 'loop' | 'disk'
  readonly title: string
  readonly body: string
  /** Where a click leads. */
  readonly place: string
}
