/** What an OCI runtime complained of: the last message of its log (`time="…" level=error msg="…"`), unquoted; else all it said. */
export function runtimeWords(text: string): string {
  const last = [...text.matchAll(/msg="((?:[^"\\]|\\.)*)"/g)].at(-1)?.[1]
  return last === undefined ? text.trim() : last.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1')
}
