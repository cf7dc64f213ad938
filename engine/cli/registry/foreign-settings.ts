/** Sections of docker-registry's configuration, each of which its environment can change. @see docker-registry, "Override specific configuration options" */
const SECTIONS =
  /^REGISTRY_(VERSION|LOG|LOGLEVEL|STORAGE|AUTH|MIDDLEWARE|REPORTING|HTTP|NOTIFICATIONS|REDIS|HEALTH|PROXY|COMPATIBILITY|VALIDATION|POLICY|CATALOG)(_|$)/

/** True of ours anyway. */
const TRUE_OF_OURS: Readonly<Record<string, string>> = {
  REGISTRY_HTTP_ADDR: ':5000',
  REGISTRY_STORAGE_DELETE_ENABLED: 'true',
  REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/var/lib/registry',
}

/**
 * Whoever runs our image in place of docker's may set what docker's takes from the environment. A registry that is open
 * because nobody has read `REGISTRY_AUTH` must not start.
 * @throws Error that names the first one
 */
export function refuseForeignSettings(environment: NodeJS.ProcessEnv): void {
  const foreign = Object.keys(environment).find((name) => SECTIONS.test(name) && environment[name] !== TRUE_OF_OURS[name])
  if (foreign !== undefined) throw new Error(`${foreign} is a setting of docker-registry's, which this registry does not take: use flags, see docs/registry.md`)
}
