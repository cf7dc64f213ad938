import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DockerContext, HostAnswer, HostChoice, OwnHostKind } from '../../ipc/contract.ts'
import { askVersion } from './ask-version.ts'
import { type Dial, dialOf } from './dial.ts'
import { allContexts, findContext } from './find-context.ts'
import { reasonOf } from './reason.ts'

/** What is not waited for by somebody who looks at a list. */
const ANSWER_MS = 15_000

/** The engines that this window could show: what there is, and what each says of itself. */
export class OtherEngines {
  readonly #dockerFolder: string
  readonly #socketOf: Readonly<Record<OwnHostKind, string>>

  /** @param socketOf of our own */
  constructor(dockerFolder: string, socketOf: Readonly<Record<OwnHostKind, string>>) {
    this.#dockerFolder = dockerFolder
    this.#socketOf = socketOf
  }

  async contexts(): Promise<DockerContext[]> {
    return (await allContexts(this.#dockerFolder)).map(({ name, host, about }) => ({ name, host, about }))
  }

  async ask(choice: HostChoice): Promise<HostAnswer> {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const folder = await mkdtemp(join(tmpdir(), 'engineroom-'))
    let host = ''
    try {
      let dial: Dial
      if (choice.kind === 'context') {
        const context = await findContext(this.#dockerFolder, choice.name)
        host = context.host
        dial = await dialOf(context, this.#dockerFolder, join(folder, 'ssh'))
      } else dial = dialSocket(this.#socketOf[choice.kind])
      return { version: await askVersion(dial, signal) }
    } catch (error) {
      const { detail, remedy = '' } = reasonOf(signal.aborted ? TIMED_OUT : error, host)
      return { absence: detail, remedy }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const TIMED_OUT = Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })

const dialSocket =
  (path: string): Dial =>
  () =>
    connect(path)
