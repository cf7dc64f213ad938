/** Where a transfer's progress goes. */
export interface TransferProgress {
  /** A line as it is. */
  send(line: Readonly<Record<string, unknown>>): void
  /** What happens to one layer, by its short id; with numbers it may be left out when it comes too often. */
  step(id: string, status: string, detail?: { current: number; total: number }): void
}
