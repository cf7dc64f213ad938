import { shortHexOf } from '../images/digest.ts'
import type { Image } from '../images/image.ts'
import type { AnnouncedStep, BuildOutput, StageOutput, StageOutputs } from './request.ts'

/** How much one stage may hold back. What it says beyond that comes at once, line by line. */
const MOST_HELD = 1024 * 1024

/**
 * Lets stages that are built side by side speak one after the other, in the order of the Dockerfile: the first that has
 * not ended speaks at once, the others are held back until it is their turn. The words are those of docker's classic builder.
 */
export class OrderedOutput implements StageOutputs {
  readonly #voices: Voice[]
  #turn = 0

  constructor(output: BuildOutput, stages: number) {
    this.#voices = Array.from({ length: stages }, () => new Voice(output))
    this.#voices[0]?.speak()
  }

  of(index: number): StageOutput {
    const voice = this.#voices[index]
    if (!voice) throw new RangeError(`there is no stage ${index}`)
    return voice
  }

  /** The stage says no more. */
  end(index: number): void {
    this.#voices[index]?.end()
    while (this.#voices[this.#turn]?.hasEnded) this.#voices[++this.#turn]?.speak()
  }

  /** What comes after this stage is not heard: it was begun for nothing. */
  failed(index: number): void {
    for (const voice of this.#voices.slice(index + 1)) voice.silence()
  }
}

class Voice implements StageOutput {
  readonly #output: BuildOutput
  readonly #held: (() => void)[] = []
  #heldCharacters = 0
  #isHeld = true
  #isSilent = false
  hasEnded = false
  /** Of a stage that has held back too much: what it has said of the line that it is in. */
  #line: { readonly kind: 'text' | 'complaint'; text: string } | undefined

  constructor(output: BuildOutput) {
    this.#output = output
  }

  step({ number, total, instruction }: AnnouncedStep): void {
    this.text(`Step ${number}/${total} : ${instruction.source}\n`)
  }

  cached(): void {
    this.text(' ---> Using cache\n')
  }

  made(image: Image | undefined): void {
    this.text(` ---> ${image ? shortHexOf(image.id) : ''}\n`)
  }

  printed(stream: 'stdout' | 'stderr', text: string): void {
    this.#say(stream === 'stdout' ? 'text' : 'complaint', text)
  }

  text(text: string): void {
    this.#say('text', text)
  }

  complaint(text: string): void {
    this.#say('complaint', text)
  }

  image(id: string): void {
    this.#do(() => this.#output.image(id))
  }

  progress(line: Readonly<Record<string, unknown>>): void {
    this.#do(() => this.#output.progress(line))
  }

  speak(): void {
    this.#isHeld = false
    this.#letGo()
    this.#endLine()
  }

  end(): void {
    this.hasEnded = true
    this.#endLine()
  }

  silence(): void {
    this.#isSilent = true
    this.#held.length = 0
  }

  #say(kind: 'text' | 'complaint', text: string): void {
    if (!this.#isHeld || this.#heldCharacters <= MOST_HELD) {
      this.#heldCharacters += this.#isHeld ? text.length : 0
      this.#do(() => this.#output[kind](text))
      return
    }
    this.#letGo()
    if (this.#line && this.#line.kind !== kind) this.#endLine()
    const whole = (this.#line?.text ?? '') + text
    const cut = whole.lastIndexOf('\n') + 1
    if (cut > 0 && !this.#isSilent) this.#output[kind](whole.slice(0, cut))
    this.#line = cut < whole.length ? { kind, text: whole.slice(cut) } : undefined
  }

  #endLine(): void {
    if (this.#line && !this.#isSilent) this.#output[this.#line.kind](this.#line.text)
    this.#line = undefined
  }

  #do(say: () => void): void {
    if (this.#isSilent) return
    if (this.#isHeld) this.#held.push(say)
    else say()
  }

  #letGo(): void {
    for (const say of this.#held.splice(0)) say()
  }
}
