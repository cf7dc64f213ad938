import { type TokenImages, tarOf } from './archive.ts'
import { type Client, outcomeOf } from './client.ts'
import type { Model, ModelTag } from './model.ts'
import type { Random } from './random.ts'

/** Requests about images; each keeps the model true. */
export class ImageWork {
  readonly #client: Client
  readonly #model: Model
  readonly #tokenImages: TokenImages
  readonly #busyboxId: string

  constructor(client: Client, model: Model, { tokenImages, busyboxId }: { tokenImages: TokenImages; busyboxId: string }) {
    this.#client = client
    this.#model = model
    this.#tokenImages = tokenImages
    this.#busyboxId = busyboxId
  }

  async tag(): Promise<void> {
    const tag = this.#model.addTag(`${this.#model.newName('chaos/tagged')}:latest`, this.#busyboxId)
    const [repository] = tag.name.split(':')
    const outcome = outcomeOf(await this.#client.send('POST', `/images/busybox/tag?repo=${repository}&tag=latest`))
    if (outcome !== 'cut off') tag.exists = outcome === 'acknowledged' ? 'yes' : 'no'
    tag.isBusy = false
  }

  async load(): Promise<void> {
    const token = this.#model.newName('token')
    const name = `chaos/loaded:${token}`
    const { archive, id } = await this.#tokenImages.archive(name, token)
    const tag = this.#model.addTag(name, id, token)
    const answer = await this.#client.send('POST', '/images/load?quiet=1', archive, { 'content-type': 'application/x-tar' })
    if (answer?.body.includes('Loaded image')) tag.exists = 'yes'
    else if (answer) this.#model.violations.push(`load of ${name} was answered with ${answer.body}`)
    tag.isBusy = false
  }

  /** Of some container, whatever it does. */
  async commit(random: Random): Promise<void> {
    const container = random.pick(this.#model.known())
    if (!container) return
    const name = `chaos/committed:${this.#model.newName('commit')}`
    const tag = this.#model.addTag(name, undefined)
    const answer = await this.#client.send('POST', `/commit?container=${container.id}&repo=chaos/committed&tag=${name.split(':')[1]}`, {})
    if (answer?.status === 201) {
      tag.exists = 'yes'
      tag.imageId = answer.json<{ Id: string }>().Id
    } else if (answer) {
      tag.exists = 'no'
    }
    tag.isBusy = false
  }

  /** A step of each sort: one that copies, one that runs. */
  async build(): Promise<void> {
    const token = this.#model.newName('built')
    const name = `chaos/built:${token}`
    const context = await tarOf([
      ['Dockerfile', Buffer.from('FROM busybox\nCOPY token padding /\nRUN cat /token > /seen\nCMD ["cat", "/seen"]\n')],
      ['token', Buffer.from(`${token}\n`)],
      ['padding', Buffer.alloc(2_000_000, token)],
    ])
    const tag = this.#model.addTag(name, undefined, token)
    const answer = await this.#client.send('POST', `/build?t=${name}`, context, { 'content-type': 'application/x-tar' })
    if (answer?.body.includes(`Successfully tagged ${name}`)) tag.exists = 'yes'
    else if (answer) this.#model.violations.push(`build of ${name} was answered with ${answer.body}`)
    tag.isBusy = false
  }

  async untag(tag: ModelTag): Promise<void> {
    tag.isBusy = true
    tag.exists = 'maybe'
    const outcome = outcomeOf(await this.#client.send('DELETE', `/images/${tag.name}`))
    if (outcome !== 'cut off') tag.exists = outcome === 'acknowledged' ? 'no' : 'yes'
    tag.isBusy = false
  }
}
