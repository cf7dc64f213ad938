import { type Client, outcomeOf } from './client.ts'
import type { Model, ModelVolume } from './model.ts'

/** Requests about volumes; each keeps the model true. */
export class VolumeWork {
  readonly #client: Client
  readonly #model: Model

  constructor(client: Client, model: Model) {
    this.#client = client
    this.#model = model
  }

  async create(): Promise<void> {
    const volume = this.#model.addVolume()
    const answer = await this.#client.send('POST', '/volumes/create', { Name: volume.name })
    if (answer) volume.exists = answer.status === 201 ? 'yes' : 'no'
    volume.isBusy = false
  }

  /** A container writes a file; its exit code 0 is the acknowledgement. */
  async write(volume: ModelVolume): Promise<void> {
    volume.isBusy = true
    await this.#write(volume, this.#model.newName('file'))
    volume.isBusy = false
  }

  async #write(volume: ModelVolume, file: string): Promise<void> {
    const writer = this.#model.addContainer({ name: 'writer', config: {}, hostConfig: {}, settles: 'exited', exitCode: 0 })
    writer.busy += 1 // Nobody else's to play with.
    const body = { Image: 'busybox', Cmd: ['sh', '-c', `echo ${file} > /data/${file}`], HostConfig: { Binds: [`${volume.name}:/data`] } }
    const created = await this.#client.send('POST', `/containers/create?name=${writer.names[0]}`, body)
    if (created?.status !== 201) return
    writer.exists = 'yes'
    writer.phase = 'created'
    writer.id = created.json<{ Id: string }>().Id
    writer.phase = 'unknown'
    await this.#client.send('POST', `/containers/${writer.id}/start`)
    const waited = await this.#client.send('POST', `/containers/${writer.id}/wait`)
    if (waited?.status === 200 && waited.json<{ StatusCode: number }>().StatusCode === 0) volume.files.add(file)
    writer.exists = 'maybe'
    if (outcomeOf(await this.#client.send('DELETE', `/containers/${writer.id}?force=true`)) === 'acknowledged') writer.exists = 'no'
    writer.busy -= 1
  }

  async remove(volume: ModelVolume): Promise<void> {
    volume.isBusy = true
    volume.exists = 'maybe'
    const outcome = outcomeOf(await this.#client.send('DELETE', `/volumes/${volume.name}`))
    if (outcome !== 'cut off') volume.exists = outcome === 'acknowledged' ? 'no' : 'yes'
    volume.isBusy = false
  }
}
