/** One folder beside this file: a Dockerfile and its context, and what to do with them. */
export interface Recipe {
  readonly name: string
  /** More words for `docker build`. `$URL` is the address of the test's web server. */
  readonly args?: readonly string[]
  /** For sh(1) in a copy of the folder: what git does not keep. */
  readonly prepare?: string
  /** A recipe whose image this one begins with. */
  readonly after?: string
  /**
   * Why docker's classic builder is no measure here: what comes out is compared with `expected.json` in the folder, where
   * Dockerfile reference and BuildKit say how it must be.
   */
  readonly beyondClassic?: string
  /** What comes out otherwise than at docker's classic builder, each with its reason. */
  readonly differs?: Readonly<Partial<Record<Aspect, string>>>
}

/** What is compared. */
export type Aspect = 'end' | 'files' | 'config' | 'history' | 'run'

const ARCHIVES = `
  mkdir -p in/sub && echo 1 > in/one && ln -s one in/link && ln in/one in/hard && echo 2 > in/sub/two && chmod 640 in/one && chmod 2770 in/sub && chown -R 21:22 in/sub
  tar -cf plain.tar in && tar -czf packed.tar.gz --transform=s,^in,gz, in && tar -cjf packed.tar.bz2 --transform=s,^in,bz, in && tar -cJf packed.tar.xz --transform=s,^in,xz, in
  echo text | gzip > just.gz && rm -r in`

const ROOTFS = `
  mkdir -p root/bin root/etc root/tmp root/proc && cp /bin/busybox root/bin/ && ln -s busybox root/bin/sh && ln -s /bin/busybox root/bin/echo && chmod 1777 root/tmp
  echo 3.20 > root/etc/alpine-release && tar -C root --owner=0 --group=0 -czf rootfs.tar.gz . && rm -r root`

const START_INTERVAL = 'docker 28 has one interval more'

export const RECIPES: readonly Recipe[] = [
  { name: 'alpine-like', prepare: ROOTFS },
  { name: 'add-archives', prepare: ARCHIVES },
  { name: 'add-url', args: ['--build-arg', 'URL=$URL'] },
  { name: 'arg-matrix', args: ['--build-arg', 'GIVEN=given', '--build-arg', 'LATER=later', '--build-arg', 'UNSET'] },
  {
    name: 'capabilities',
    prepare: 'setcap cap_net_bind_service=ep tool',
    differs: { files: 'the classic builder loses the capabilities of a file when it gives it to root; BuildKit keeps them' },
  },
  { name: 'chmod-flag', beyondClassic: 'COPY --chmod' },
  { name: 'chown' },
  { name: 'copy-from' },
  { name: 'copy-merges', prepare: 'mkdir empty && chmod 750 tree/new && chmod 711 tree' },
  { name: 'crlf' },
  {
    name: 'deep-tree',
    prepare: 'path=top/a; for i in $(seq 1 80); do path=$path/level-$i; done; mkdir -p $path && echo deep > $path/file',
  },
  { name: 'dockerignore', prepare: 'echo x > x.log && echo keep > keep.log && echo x > a/x.log && mkdir -p tmp1 && touch tmp1/t' },
  { name: 'entrypoint-keeps' },
  { name: 'entrypoint-resets' },
  { name: 'env-forms' },
  { name: 'escape-directive' },
  { name: 'expose' },
  { name: 'fails-chown' },
  { name: 'fails-copy' },
  { name: 'fails-copy-many' },
  { name: 'fails-outside' },
  { name: 'fails-run' },
  { name: 'fails-unknown', differs: { end: 'the words of docker 28, which says also what may have been meant' } },
  { name: 'forms' },
  { name: 'go-multi-stage' },
  { name: 'haproxy-like' },
  { name: 'hardlinks', prepare: 'ln linked/x linked/y && mkdir linked/sub && ln linked/x linked/sub/z' },
  { name: 'healthcheck', differs: { history: START_INTERVAL } },
  { name: 'healthcheck-none', differs: { history: START_INTERVAL } },
  { name: 'hello-like' },
  { name: 'heredocs', beyondClassic: 'documents' },
  { name: 'json-forms', differs: { history: 'docker 28 takes a list with something behind it for a line of the shell, docker 20.10 forgot what stood behind it' } },
  { name: 'labels', args: ['--label', "given=it's", '--label', 'also=$HOME'] },
  { name: 'layout' },
  { name: 'link-and-exclude', prepare: 'echo log > tree/a.log', beyondClassic: 'COPY --link, --exclude' },
  { name: 'nginx-like' },
  { name: 'node-app', prepare: 'mkdir -p node_modules && echo stale > node_modules/x && echo stale > npm-debug.log' },
  { name: 'onbuild-base' },
  { name: 'onbuild-child', after: 'onbuild-base', args: ['--build-arg', 'VERSION=7'] },
  { name: 'own-dockerignore', beyondClassic: 'Dockerfile.dockerignore' },
  { name: 'parents', beyondClassic: 'COPY --parents' },
  { name: 'php-like' },
  { name: 'platform-args', beyondClassic: 'BUILDPLATFORM and its like' },
  { name: 'postgres-like' },
  { name: 'proxy-args', args: ['--build-arg', 'HTTP_PROXY=http://p', '--build-arg', 'no_proxy=none', '--build-arg', 'FTP_PROXY=ftp://p'] },
  { name: 'python-like' },
  { name: 'redis-like' },
  { name: 'registry-like' },
  { name: 'run-mounts', beyondClassic: 'RUN --mount, RUN --network' },
  { name: 'shell-instruction' },
  { name: 'special-files' },
  { name: 'substitutions', beyondClassic: '${name#pattern} and its like' },
  { name: 'symlinks' },
  { name: 'target', args: ['--target', 'dev'] },
  { name: 'users' },
  { name: 'volume-then-write' },
  { name: 'whiteouts' },
  { name: 'wildcards' },
  {
    name: 'wordpress-like',
    prepare:
      'mkdir -p wordpress/wp-content/plugins/akismet && echo "<?php" > wordpress/index.php && echo x > wordpress/wp-content/plugins/akismet/a && tar -czf wordpress.tar.gz wordpress && rm -r wordpress',
  },
  { name: 'workdirs' },
]
