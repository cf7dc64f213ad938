import { closeSync, createReadStream, fchmodSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { messageOf } from '../errors.ts'
import type { TapEvent } from './event.ts'
import { parseRecordedLine, recordedLine } from './event-line.ts'

/**
 * A file of all that passes, for its owner alone: there are passwords in it. Written while the bytes wait, so that a
 * transfer of any size needs no memory.
 */
export class Recorder implements Disposable {
  readonly #file: number

  /** Begins a new file in place of the one that is there. */
  constructor(path: string) {
    this.#file = openSync(path, 'w', 0o600)
    fchmodSync(this.#file, 0o600)
  }

  add(event: TapEvent): void {
    writeSync(this.#file, `${recordedLine(event)}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** @throws Error that names the first line that is none of a recording */
export async function* readRecording(path: string): AsyncGenerator<TapEvent> {
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line === '') continue
    yield parsed(line, `${path}:${number}`)
  }
}

function parsed(line: string, where: string): TapEvent {
  try {
    return parseRecordedLine(line)
  } catch (error) {
    throw new Error(`${where} is no line of a recording: ${messageOf(error)}`)
  }
}
