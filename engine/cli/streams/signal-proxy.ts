import type { ApiClient } from '../api-client.ts'

/** What is passed on. Not SIGWINCH: servers take it for "finish gracefully", and a terminal's size goes another way. */
const PROXIED: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2', 'SIGALRM', 'SIGCONT', 'SIGTSTP']

/** Sends the signals that we get to the container instead. The third request to end in a row ends us, as with docker. */
export function proxySignals(client: ApiClient, containerId: string): Disposable {
  let requests = 0
  const pass = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' || signal === 'SIGTERM') requests += 1
    if (requests >= 3) {
      process.stderr.write('\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n')
      process.exit(1)
    }
    // The container may be gone, or not yet running: the person sees its end, not this.
    client.call('POST', `/containers/${containerId}/kill`, { query: { signal: signal.replace('SIG', '') } }).catch(() => {})
  }
  for (const signal of PROXIED) process.on(signal, pass)
  return {
    [Symbol.dispose]() {
      for (const signal of PROXIED) process.off(signal, pass)
    },
  }
}
