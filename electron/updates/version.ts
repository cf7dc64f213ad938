/** The bundler defines it, of package.json. */
declare const ENGINEROOM_VERSION: string

/** Of this window. */
export const INSTALLED_VERSION = ENGINEROOM_VERSION
