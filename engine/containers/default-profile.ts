/**
 * The profile that confines containers unless another is chosen, in the language of apparmor.d(5).
 *
 * A container may do what its capabilities, mounts and namespaces let it, with these exceptions, whatever its capabilities: it mounts
 * nothing; it does not write to the kernel's settings beyond its own processes and shared memory; it does not see the kernel's memory,
 * firmware and security modules; it traces no process outside of such a profile. Signals come from the engine, from what runs and watches
 * containers, and from containers.
 * @param engine the profile of the daemon itself, `unconfined` without one
 */
export function defaultProfile(name: string, engine: string): string {
  const outside = [...new Set([engine, 'unconfined', 'runc', 'crun', 'conmon'])]
  return `profile ${name} flags=(attach_disconnected,mediate_deleted) {
  network,
  capability,
  file,
  umount,

${outside.map((peer) => `  signal (receive) peer=${peer},`).join('\n')}
  signal (send, receive) peer=${name},
  ptrace (trace, read, tracedby, readby) peer=${name},

  deny mount,

  # Of /proc, only the folders of processes, and of its settings, only those of shared memory.
  deny /proc/* w,
  deny /proc/{[^1-9s],s[^y]}*/** w,
  deny /proc/sysvipc/** w,
  deny /proc/sys/[^k]*/** w,
  deny /proc/sys/k[^e]*/** w,
  deny /proc/sys/kernel/[^s]** w,
  deny /proc/sys/kernel/s[^h]** w,
  deny /proc/sys/kernel/sh[^m]** w,
  deny /proc/{sysrq-trigger,kcore,kmem,mem} rwklx,

  # Of /sys, only the control groups.
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/{firmware,kernel/security,devices/virtual/powercap}/** rwklx,
}
`
}
