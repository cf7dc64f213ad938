/**
 * What the daemon says it is. Clients compare the version with docker's, so it begins with the release whose behaviour
 * we follow. The bundler defines the two constants; a daemon run from source has neither.
 */
declare const ENGINEROOM_COMMIT: string | undefined
declare const ENGINEROOM_BUILD_TIME: string | undefined

export const VERSION = {
  version: '28.5.2-engineroom.0.1.0',
  gitCommit: typeof ENGINEROOM_COMMIT === 'string' ? ENGINEROOM_COMMIT : 'unknown',
  buildTime: typeof ENGINEROOM_BUILD_TIME === 'string' ? ENGINEROOM_BUILD_TIME : '',
}
