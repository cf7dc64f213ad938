/** Something that the person who starts the daemon has to mend. */
export class ConfigurationError extends Error {}
