import { totalmem } from 'node:os'
import { PlainError } from '../plain-error.ts'
import { formatSize } from './size.ts'

/** What the kernel would promise and could not keep. @throws PlainError for more memory than this computer has */
export function checkMemoryFits(memoryBytes: number, ofComputer = totalmem()): void {
  if (memoryBytes <= ofComputer) return
  const words = `The virtual machine is to have ${formatSize(memoryBytes)} of memory, and this computer has ${formatSize(ofComputer)}.`
  throw new PlainError(words, `Give it less, for example a quarter: engineroom vm start --memory ${Math.max(1, Math.floor(ofComputer / 4 / 1024 ** 3))}g`)
}
