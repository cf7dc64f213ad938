/** Bits of a mode as Go has it. @see Go's io/fs, FileMode */
export const GO_MODE = {
  folder: 2 ** 31,
  symbolicLink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  character: 2 ** 21,
  sticky: 2 ** 20,
}

export function hasBit(mode: number, bit: number): boolean {
  return (mode & bit) !== 0
}

/** Go's permissions → the kernel's, with set-user-ID, set-group-ID and sticky. */
export function kernelPermissions(mode: number): number {
  const special = (hasBit(mode, GO_MODE.setuid) ? 0o4000 : 0) | (hasBit(mode, GO_MODE.setgid) ? 0o2000 : 0) | (hasBit(mode, GO_MODE.sticky) ? 0o1000 : 0)
  return (mode & 0o777) | special
}

const KINDS = new Map([
  [0o040000, GO_MODE.folder],
  [0o120000, GO_MODE.symbolicLink],
  [0o060000, GO_MODE.device],
  [0o020000, GO_MODE.device + GO_MODE.character],
  [0o010000, GO_MODE.fifo],
  [0o140000, GO_MODE.socket],
])

/** The kernel's mode, kind and permissions → Go's. @see inode(7) */
export function goMode(mode: number): number {
  const special = (hasBit(mode, 0o4000) ? GO_MODE.setuid : 0) + (hasBit(mode, 0o2000) ? GO_MODE.setgid : 0) + (hasBit(mode, 0o1000) ? GO_MODE.sticky : 0)
  return (KINDS.get(mode & 0o170000) ?? 0) + special + (mode & 0o777)
}
