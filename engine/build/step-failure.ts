import { EngineError } from '../errors.ts'

/** A RUN step whose command ended with an error: clients take its exit code for their own. */
export class StepFailure extends EngineError {
  readonly command: string
  readonly exitCode: number

  constructor(command: string, exitCode: number) {
    super('invalid', `The command '${command}' returned a non-zero code: ${exitCode}`)
    this.command = command
    this.exitCode = exitCode
  }
}
