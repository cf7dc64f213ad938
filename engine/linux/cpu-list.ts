const HIGHEST = 8192

/**
 * The numbers in a list such as `0-3,5`, as cpusets are written. Empty is none.
 * @throws Error with docker's words
 * @see cpuset(7), "List format"
 */
export function parseCpuList(text: string): Set<number> {
  const numbers = new Set<number>()
  if (text === '') return numbers
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) throw new Error(`invalid format: ${text}`)
    if (Number(last) > HIGHEST) throw new Error(`value of out range, maximum is ${HIGHEST}`)
    for (let number = Number(first); number <= Number(last); number++) numbers.add(number)
  }
  return numbers
}
