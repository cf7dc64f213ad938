import type { ApiClient } from '../api-client.ts'

/** What is passed on. Not SIGWINCH: servers take it for "finish gracefully", and a terminal's size goes another way. */
const PROXIED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2', 'SIGALRM', 'SIGCONT', 'SIGTSTP']

/**
 * Sends the signals that we get to the container instead. The third request to end ends us, as with docker.
 * @param started signals wait for it: before, there is no process, and the daemon would refuse them
 */
export function proxySignals(client: ApiClient, containerId: string, started: Promise<unknown> = Promise.resolve()): Disposable {
  let requests = 0
  const pass = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' || signal === 'SIGTERM') requests += 1
    if (requests >= 3) {
      process.stderr.write('\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n')
      process.exit(1)
    }
    const send = () => client.call('POST', `/containers/${containerId}/kill`, { query: { signal: signal.replace('SIG', '') } })
    // The container did not start, or is gone already: that is what the person gets to see, not this.
    started.then(send).catch(() => {})
  }
  for (const signal of PROXIED) process.on(signal, pass)
  return {
    [Symbol.dispose]() {
      for (const signal of PROXIED) process.off(signal, pass)
    },
  }
}
