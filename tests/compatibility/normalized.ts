/** What differs from run to run or from client to client, and means nothing. */
const CHANCE: readonly (readonly [RegExp, string])[] = [
  [/\bsha256:[0-9a-f]{64}\b/g, 'sha256:ID'],
  [/\b[0-9a-f]{64}\b/g, 'ID'],
  [/\b[0-9a-f]{12}\b/g, 'SHORT-ID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, 'TIME'],
  [/\b10\.214\.\d+\.(\d+)\b/g, 'NET.$1'],
  [/\/tmp\/erbench-[^/]+/g, 'ROOT'],
  // How the docker CLI says that an error is one; its words change from release to release.
  [/\n\nRun 'docker .* --help' for more information\n?|\nSee 'docker .* --help'\.\n?/g, '\n'],
  [/\ntime="[^\n]*/g, ''],
  [/^(docker: [^\n]*)\.\n*$/, '$1'],
  [/(^|\n)(docker: )?(Error response from daemon|Error): /g, '$1'],
]

/** One line. */
export function normalized(text: string): string {
  return CHANCE.reduce((changed, [pattern, word]) => changed.replace(pattern, word), text)
    .trim()
    .replaceAll('\n', '⏎')
}
