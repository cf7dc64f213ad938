/**
 * What CHANGELOG.md says of a version: the text below `## 1.2.3`, which may have a date behind it.
 * @throws Error when it says nothing
 */
export function changesOf(version: string, changelog: string): string {
  const sections = changelog.split(/^## /m).slice(1)
  const found = sections.find((section) => section.split(/[\s,]/, 1)[0] === version)
  const text = found?.slice(found.indexOf('\n')).trim() ?? ''
  if (text === '') throw new Error(`CHANGELOG.md says nothing of ${version}: it needs a section "## ${version}"`)
  return `${text}\n`
}
