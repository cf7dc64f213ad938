import { homedir } from 'node:os'
import { join } from 'node:path'

/** Root keeps its sockets in /run; everyone else in the folder that the session gives. */
export function defaultRunFolder(): string {
  if (process.getuid?.() === 0) return '/run/engineroom'
  return join(process.env.XDG_RUNTIME_DIR ?? `/tmp/engineroom-${process.getuid?.() ?? 0}`, 'engineroom')
}

/** Where images, containers and volumes are kept unless the person says otherwise. */
export function defaultDataRoot(): string {
  if (process.getuid?.() === 0) return '/var/lib/engineroom'
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local/share'), 'engineroom')
}

/** In a virtual machine: where the `certs.d` of the computer around it is put. */
export function outerCertificates(execRoot: string): string {
  return join(execRoot, 'outer-certs.d')
}
