import type { Case, Chapter } from './case.ts'

/** What both engines answered. */
export interface Answers {
  readonly dockerd: string
  readonly ours: string
}

/** A cell of a Markdown table, as code. */
function cell(text: string): string {
  return text === '' ? '(nothing)' : `\`${text.replaceAll('|', '\\|').replaceAll('`', 'ˋ')}\``
}

/** The line of a case in docs/compatibility.md. */
export function lineOf({ subject, name, differs }: Case, { dockerd, ours }: Answers): string {
  const verdict = dockerd === ours ? 'the same' : `${cell(ours)}: ${differs ?? 'NO REASON IS GIVEN'}`
  return `| ${cell(subject)} | ${name} | ${cell(dockerd)} | ${verdict} |`
}

export function documentOf(chapters: readonly Chapter[], answersOf: (one: Case) => Answers): string {
  const all = chapters.flatMap(({ cases }) => cases)
  const same = all.filter((one) => answersOf(one).dockerd === answersOf(one).ours).length
  return `${[
    '# Compatibility',
    '',
    `Written by \`tests/compatibility\`: each line is a question that was put to Engineroom and to a real dockerd 20.10, in that run.`,
    `Of ${all.length} answers ${same} are the same; what differs has its reason beside it. Ids, times and addresses are left out of the comparison.`,
    `Requests without a version use the newest that both speak, 1.41. Newer versions are checked by the tests in \`tests/api\`.`,
    '',
    '`COMPATIBILITY=write vitest run --project heavy tests/compatibility` writes it anew; `npm test` fails when an answer is not as it stands here.',
    ...chapters.flatMap(({ title, cases }) => [
      '',
      `## ${title}`,
      '',
      '| asked | what | dockerd 20.10 | Engineroom |',
      '|---|---|---|---|',
      ...cases.map((one) => lineOf(one, answersOf(one))),
    ]),
  ].join('\n')}\n`
}
