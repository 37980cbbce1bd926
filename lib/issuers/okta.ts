// Okta: access tokens of a custom authorization server. Those of the org authorization server are for Okta alone.
// @see https://developer.okta.com/docs/concepts/auth-servers/
import {
  baseConfiguration,
  refuseUnless,
  refuseUnlessHost,
  type IssuerDefinition,
  type TokenIssuerOptions,
} from './definition.ts';

/** Options of an Okta custom authorization server. */
export interface OktaIssuerOptions extends TokenIssuerOptions {
  /** The audience of the authorization server, such as `api://documents`. */
  readonly audiences: readonly string[];
  /**
   * The id of the custom authorization server.
   * @default 'default'
   */
  readonly authorizationServerId?: string;
}

/** Tokens of a custom authorization server of an Okta organization, by the organization's domain. */
export function oktaIssuer(domain: string, options: OktaIssuerOptions): IssuerDefinition {
  refuseUnlessHost(domain, 'Okta', 'example.okta.com');
  refuseUnless(domain, (text) => !/-admin\.okta(?:preview)?\.com$/.test(text), {
    what: "The domain of Okta is that of its administrators' console, which issues no tokens",
    allowed: 'the domain of the organization',
    fix: 'leave out -admin',
  });
  const serverId = options.authorizationServerId ?? 'default';
  refuseUnless(serverId, (text) => /^[A-Za-z0-9]+$/.test(text), {
    what: 'The id of an Okta authorization server has another form',
    allowed: "'default', or letters and digits such as aus9o8wzkhckw9TLa0h7",
    fix: 'copy it from the list of authorization servers; the org authorization server has none, and its access tokens cannot be verified',
  });
  const issuer = `https://${domain}/oauth2/${serverId}`;
  return {
    configuration: {
      ...baseConfiguration(issuer, { algorithms: ['RS256'], ...options }),
      audiences: [...options.audiences],
      // Saves the discovery request on a cold start.
      jwksUri: `${issuer}/v1/keys`,
    },
    warnings: [],
  };
}
