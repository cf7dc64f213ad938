export interface ChangelogEntry {
  /** Of the package. */
  readonly name: string
  readonly version: string
  readonly maintainer: string
  readonly time: Date
}

/** The changelog as Debian's tools read it; what changed is in the one for people. @see deb-changelog(5) */
export function debianChangelog({ name, version, maintainer, time }: ChangelogEntry): string {
  // RFC 2822 with the zone as a number.
  const date = time.toUTCString().replace('GMT', '+0000')
  return `${name} (${version}) unstable; urgency=medium\n\n  * What changed is in CHANGELOG.md.gz, beside this file.\n\n -- ${maintainer}  ${date}\n`
}
