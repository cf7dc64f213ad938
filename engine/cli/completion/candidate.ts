/** What a word that is being typed may become. */
export interface Candidate {
  readonly word: string
  /** A shell may show it beside the word. */
  readonly about: string
}
