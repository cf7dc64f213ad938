import { hasCode } from '../errors.ts'

/** Does what is well done and not needed: on a full disk it is left. */
export function onRoomyDisk(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!hasCode(error, 'ENOSPC', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE')) throw error
  }
}
