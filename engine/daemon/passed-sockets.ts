import { ConfigurationError } from './configuration-error.ts'

/** SD_LISTEN_FDS_START */
const FIRST = 3

/**
 * The descriptors of the listening sockets that systemd has opened for this process (`-H fd://`). They are in the environment once: programs that
 * we start are not meant.
 * @throws ConfigurationError when there are none, in dockerd's words
 * @see sd_listen_fds(3)
 */
export function takePassedSockets(environment: NodeJS.ProcessEnv, pid: number): readonly number[] {
  const { LISTEN_PID, LISTEN_FDS } = environment
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name]
  const count = LISTEN_PID === String(pid) && /^\d+$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0
  if (count === 0) throw new ConfigurationError('no sockets found via socket activation: make sure the service was started by systemd')
  return Array.from({ length: count }, (_, index) => FIRST + index)
}
