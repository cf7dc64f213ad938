/** What a client knows to open a registry. */
export interface RegistryAuth {
  readonly username: string
  readonly password: string
  /** OAuth2 refresh token. */
  readonly identityToken: string
  /** Bearer token to be sent as it is. */
  readonly registryToken: string
}
