import { type Client, type Outcome, outcomeOf } from './client.ts'
import { type Kind, kinds } from './kinds.ts'
import type { Model, ModelContainer, Phase } from './model.ts'
import type { Random } from './random.ts'

type Known = ModelContainer & { id: string }

/** Requests about containers, one method per verb; each keeps the model true. */
export class ContainerWork {
  readonly #client: Client
  readonly #model: Model

  constructor(client: Client, model: Model) {
    this.#client = client
    this.#model = model
  }

  async create(random: Random): Promise<void> {
    await this.#create(random.pick(kinds) as Kind)
  }

  async run(random: Random): Promise<void> {
    const container = await this.#create(random.pick(kinds) as Kind)
    if (container) await this.start(container)
  }

  async #create(kind: Kind): Promise<Known | undefined> {
    const container = this.#model.addContainer(kind)
    container.busy += 1
    const body = { Image: 'busybox', ...kind.config, HostConfig: kind.hostConfig }
    const answer = await this.#client.send('POST', `/containers/create?name=${container.names[0]}`, body)
    container.busy -= 1
    if (answer?.status !== 201) {
      if (answer) container.exists = 'no'
      return undefined
    }
    container.exists = 'yes'
    container.phase = 'created'
    return Object.assign(container, { id: answer.json<{ Id: string }>().Id })
  }

  async start(container: Known): Promise<void> {
    await this.#change(container, 'POST', 'start', 'started', () => (container.hasStarted = true))
  }

  /** With no patience: a process that is number 1 of its namespace ignores SIGTERM. */
  async stop(container: Known): Promise<void> {
    await this.#change(container, 'POST', 'stop?t=0', 'stopped')
  }

  async kill(container: Known): Promise<void> {
    await this.#change(container, 'POST', 'kill', 'stopped')
  }

  async restart(container: Known): Promise<void> {
    await this.#change(container, 'POST', 'restart?t=0', 'started', () => (container.hasStarted = true))
  }

  async pause(container: Known): Promise<void> {
    await this.#change(container, 'POST', 'pause', 'paused')
  }

  async unpause(container: Known): Promise<void> {
    await this.#change(container, 'POST', 'unpause', container.hasPendingKill ? 'unknown' : 'started')
  }

  async rename(container: Known): Promise<void> {
    if (container.busy > 0) return
    const name = this.#model.newName(`${container.kind.name}-renamed`)
    const before = container.names
    container.names = [...before, name]
    const outcome = await this.#ask(container, 'POST', `rename?name=${name}`)
    if (outcome === 'acknowledged') container.names = [name]
    if (outcome === 'refused') container.names = before
  }

  async remove(container: Known): Promise<void> {
    container.exists = 'maybe'
    const outcome = await this.#ask(container, 'DELETE', '?force=true&v=true')
    if (outcome === 'acknowledged') container.exists = 'no'
    // Its process may be killed, and nothing else done.
    if (outcome === 'cut off') Object.assign(container, { phase: 'unknown', hasPendingKill: true })
    // Refused: it is gone, or somebody else is removing it.
  }

  /** Does not count as busy: it moves the container nowhere. */
  async exec(container: Known, random: Random): Promise<void> {
    const isDetached = random.chance(0.3)
    const isCalm = () => container.exists === 'yes' && container.busy === 0 && container.phase === 'started' && container.kind.settles === 'running'
    const wasCalm = isCalm()
    const turnsBefore = container.turns
    const command = isDetached ? ['sleep', '1'] : ['sh', '-c', 'echo hello; exit 9']
    const created = await this.#client.send('POST', `/containers/${container.id}/exec`, { AttachStdout: !isDetached, Cmd: command })
    if (created?.status !== 201) return
    const { Id: id } = created.json<{ Id: string }>()
    const started = await this.#client.send('POST', `/exec/${id}/start`, { Detach: isDetached })
    // Calm at two looks is not calm between them: a whole restart fits in.
    const stayedCalm = wasCalm && isCalm() && container.turns === turnsBefore
    if (started?.status === 200 && !this.#client.isDying && !isDetached && stayedCalm && !started.body.includes('hello')) {
      this.#model.violations.push(`an exec in ${container.names} printed ${JSON.stringify(started.body)}`)
    }
  }

  /** One request that moves a container to another phase. */
  async #change(container: Known, method: string, verb: string, phase: Phase, onSuccess: () => void = () => {}): Promise<void> {
    const outcome = await this.#ask(container, method, verb)
    if (outcome === 'acknowledged') onSuccess()
    if (outcome === 'cut off' || container.isContended) {
      container.phase = 'unknown'
      container.hasStarted ||= phase === 'started'
      container.hasPendingKill ||= /^(stop|kill|restart)/.test(verb)
    } else if (outcome === 'acknowledged') {
      container.phase = phase
    }
    container.exitCode = undefined
    // One that ends by itself may have done so before the request came.
    if (container.kind.settles !== 'running' && (phase === 'paused' || phase === 'stopped')) container.phase = 'unknown'
    if (container.kind.hostConfig.AutoRemove === true) this.#foresee(container, verb, outcome)
    if (container.busy === 0) container.isContended = false
  }

  /** One that is removed after its run goes when that ends, whoever ended it. */
  #foresee(container: Known, verb: string, outcome: Outcome): void {
    if (container.exists !== 'yes' || outcome === 'refused') return
    const hasEnded = (verb.startsWith('stop') || verb === 'kill') && outcome === 'acknowledged' && container.hasStarted
    // A restart that was under way meanwhile keeps it.
    if (hasEnded && !container.isContended) container.exists = 'no'
    else if (outcome === 'cut off' || container.isContended || container.phase === 'unknown' || verb.startsWith('restart')) container.exists = 'maybe'
  }

  async #ask(container: Known, method: string, verb: string): Promise<Outcome> {
    container.busy += 1
    container.turns += 1
    if (container.busy > 1) container.isContended = true
    const separator = verb === '' || verb.startsWith('?') ? '' : '/'
    const outcome = outcomeOf(await this.#client.send(method, `/containers/${container.id}${separator}${verb}`))
    container.busy -= 1
    return outcome
  }
}
