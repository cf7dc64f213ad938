/** Something that a person can do something about: what is wrong, and what to do. */
export class PlainError extends Error {
  /** A sentence that says what to do; empty when nobody knows. */
  readonly remedy: string

  constructor(message: string, remedy = '', options?: ErrorOptions) {
    super(message, options)
    this.name = 'PlainError'
    this.remedy = remedy
  }
}
