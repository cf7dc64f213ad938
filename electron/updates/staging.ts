/**
 * Whether a release that goes to some computers goes to this one: by its number's last four bytes, as electron-updater has it.
 * @param installationId a UUID; the same computer has the same turn in each release, and whoever hands them out learns of no one's
 * @param percentage to how many of a hundred it goes; to all where it is undefined
 */
export function isInStage(installationId: string, percentage: number | undefined): boolean {
  if (percentage === undefined || percentage >= 100) return true
  return Number.parseInt(installationId.slice(-8), 16) / 0xffffffff < percentage / 100
}
