/** Ends the program with this code; the message, if there is one, goes to standard error. */
export class ExitError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message = '', options?: ErrorOptions) {
    super(message, options)
    this.name = 'ExitError'
    this.exitCode = exitCode
  }
}

/** The code that the program ends with after `thrown`: docker's 1 unless the error names another. */
export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof ExitError ? thrown.exitCode : 1
}
