import { messageOf } from '../../errors.ts'
import type { HostStatus, HostWork } from '../../ipc/contract.ts'
import type { HostState } from '../host-state.ts'
import type { Seen } from './seen-from-desktop.ts'
import type { VmStatus } from './status.ts'

/** Long work on a VM, as whoever looks is told of it: the last that was begun here, and what came of it. */
export class MachineWork {
  readonly #state: HostState
  readonly #off: () => Promise<Seen>
  #count = 0
  #isCalledOff = false

  /** @param off how the VM is once it is off */
  constructor(state: HostState, off: () => Promise<Seen>) {
    this.#state = state
    this.#off = off
  }

  /** Whoever does the work need not say why it has come to nothing. */
  get isCalledOff(): boolean {
    return this.#isCalledOff
  }

  /** Does work, and tells of it. Never rejects: a failure is told. */
  async run(kind: HostWork['kind'], work: () => Promise<HostStatus>): Promise<HostStatus> {
    const id = ++this.#count
    this.#isCalledOff = false
    this.#state.become({ work: undefined })
    const tell = (phase: HostWork['phase'], error = '') => this.#state.become({ work: { ...this.#state.now.work, id, kind, phase, canCancel: false, error } })
    tell('working')
    try {
      const { state, detail } = await work()
      if (this.#isCalledOff && state !== 'running') return this.#state.become({ ...(await this.#off()), work: undefined })
      return state === 'failed' ? tell('failed', detail) : tell('done')
    } catch (error) {
      return tell('failed', messageOf(error))
    }
  }

  /** To this computer, by the work that goes on. */
  gaveBack(bytes: number): void {
    const { work } = this.#state.now
    if (work) this.#state.become({ work: { ...work, givenBackBytes: bytes } })
  }

  /** A boot can be called off once its supervisor is there to do it. */
  seenWith({ state }: VmStatus): Pick<HostStatus, 'work'> {
    const { work } = this.#state.now
    return work?.phase === 'working' ? { work: { ...work, canCancel: work.kind === 'start' && state === 'starting' } } : {}
  }

  /**
   * Forgets the work of that id when it has ended; another one, or none, is left as it is.
   * @returns whether it goes on, and the VM is to be switched off to end it
   * @throws Error when it goes on and cannot be called off
   */
  dismiss(id: number): boolean {
    const { work } = this.#state.now
    if (work?.id !== id) return false
    if (work.phase !== 'working') {
      this.#state.become({ work: undefined })
      return false
    }
    if (!work.canCancel) throw new Error('This cannot be called off: wait until it is done.')
    this.#isCalledOff = true
    return true
  }
}
