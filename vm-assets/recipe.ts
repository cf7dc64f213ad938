import type { Arch } from './arch.ts'

/**
 * What of each Debian package goes into the root image: paths as they are after the merge into /usr, where one that ends
 * with a slash means all files directly in that folder, and `*` stands for any text without a slash.
 */
export function debianRecipe({ libraries }: Arch): Readonly<Record<string, readonly string[]>> {
  const shared = [`usr/lib/${libraries}/*.so*`]
  return {
    // The C library, and the rest that programs below are linked with.
    libc6: [...shared, 'usr/lib64/*.so*', 'usr/lib/*.so*'],
    libacl1: shared,
    libattr1: shared,
    libblkid1: shared,
    libbpf1: shared,
    libbsd0: shared,
    'libbz2-1.0': shared,
    libcap2: shared,
    'libcom-err2': shared,
    'libdb5.3': shared,
    libedit2: shared,
    libelf1: shared,
    libext2fs2: shared,
    'libgcc-s1': shared,
    libgcrypt20: shared,
    'libglib2.0-0': [`usr/lib/${libraries}/libglib-2.0.so*`],
    libgmp10: shared,
    'libgpg-error0': shared,
    'libgssapi-krb5-2': shared,
    libjansson4: shared,
    libk5crypto3: shared,
    libkeyutils1: shared,
    'libkrb5-3': shared,
    libkrb5support0: shared,
    'liblz4-1': shared,
    liblzma5: shared,
    libmd0: shared,
    libmnl0: shared,
    libmount1: shared,
    libncursesw6: [`usr/lib/${libraries}/libncursesw.so*`],
    libnftables1: shared,
    libnftnl11: shared,
    'libpcre2-8-0': shared,
    'libproc2-0': shared,
    libseccomp2: shared,
    libselinux1: shared,
    libsmartcols1: shared,
    libss2: shared,
    libssl3: [`usr/lib/${libraries}/libcrypto.so*`],
    'libstdc++6': [`usr/lib/${libraries}/libstdc++.so*`],
    libsystemd0: shared,
    libtinfo6: shared,
    libtirpc3: shared,
    libuuid1: shared,
    libxtables12: shared,
    libyajl2: shared,
    libzstd1: shared,
    zlib1g: shared,
    // What the engine stands on.
    conmon: ['usr/bin/conmon'],
    crun: ['usr/bin/crun'],
    runc: ['usr/sbin/runc'],
    iproute2: ['usr/bin/ip', 'usr/bin/ss', 'usr/sbin/ip', 'usr/sbin/bridge'],
    nftables: ['usr/sbin/nft'],
    mount: ['usr/bin/mount', 'usr/bin/umount'],
    tar: ['usr/bin/tar'],
    procps: ['usr/bin/ps'],
    coreutils: ['cat', 'chmod', 'chown', 'cp', 'date', 'ln', 'mkdir', 'mkfifo', 'mknod', 'mv', 'nice', 'rm', 'rmdir', 'stat', 'sync'].map(
      (name) => `usr/bin/${name}`,
    ),
    dash: ['usr/bin/dash', 'usr/bin/sh'],
    'xz-utils': ['usr/bin/xz'],
    bzip2: ['usr/bin/bzip2'],
    tini: ['usr/bin/tini-static'],
    'ca-certificates': ['usr/share/ca-certificates/mozilla/'],
    // What the machine itself needs.
    'busybox-static': ['usr/bin/busybox'],
    e2fsprogs: ['usr/bin/chattr', 'usr/sbin/mke2fs', 'usr/sbin/mkfs.ext4', 'usr/sbin/e2fsck', 'usr/sbin/e2label', 'usr/sbin/tune2fs', 'usr/sbin/resize2fs'],
    kmod: ['usr/bin/kmod', 'usr/sbin/modprobe'],
    // Runs `owners`, `go-on`, and on arm64 what attaches to containers; it is one file.
    luajit: ['usr/bin/luajit'],
  }
}

/** The package that names the newest kernel, `linux-image-6.1.0-56-amd64` say: the standard one, as the cloud's has no 9p. */
export function kernelPackage({ debian }: Arch): string {
  return `linux-image-${debian}`
}

/**
 * Packages of the npm registry, whose versions package.json says. Of node-unix-socket there is no native part for arm64 in
 * the registry: an engine there attaches to containers by luajit.
 */
export function npmRecipe({ npm }: Arch): { readonly node: string; readonly libraries: readonly string[] } {
  const native = npm === 'x64' ? ['node-unix-socket-linux-x64-gnu'] : []
  return { node: `node-linux-${npm}`, libraries: ['better-sqlite3', 'node-unix-socket', ...native] }
}

/** What finds the root image and mounts it. `crc32c` is asked for by name when erofs is loaded. */
export const INITRD_MODULES: readonly string[] = ['virtio_pci', 'virtio_blk', 'crc32c_generic', 'libcrc32c', 'erofs']

/** What the guest itself uses, what the engine's networks and mounts use, and what containers ask of the kernel most often. */
export const ROOT_MODULES: readonly string[] = [
  ...['virtio_blk', 'virtio_pci', 'virtio_net', 'virtio_balloon', 'virtio_rng', 'virtio_console', 'vmw_vsock_virtio_transport'],
  ...['9p', '9pnet_virtio', 'virtiofs', 'fuse', 'ext4', 'crc32c_generic', 'overlay', 'loop', 'binfmt_misc', 'nfs', 'nfsv3', 'nfsv4'],
  ...['evdev', 'button', 'qemu_fw_cfg'],
  ...['bridge', 'br_netfilter', 'veth', 'macvlan', 'ipvlan', 'dummy', 'tun', 'vxlan', 'sctp', 'sctp_diag'],
  ...['tcp_diag', 'udp_diag', 'inet_diag', 'unix_diag', 'netlink_diag', 'af_packet_diag'],
  ...['kernel/net/netfilter/', 'kernel/net/ipv4/netfilter/', 'kernel/net/ipv6/netfilter/', 'kernel/net/bridge/netfilter/'],
]

/** `virt` has no power button of ACPI's when the kernel is loaded directly: a line of a GPIO stands for it. */
export const ARM_MODULES: readonly string[] = ['gpio_pl061', 'gpio_keys', 'rtc_pl031']
