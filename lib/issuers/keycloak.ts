// Keycloak: access tokens of one realm. Owns the address of a realm, and refuses the audience that all its tokens carry.
// @see https://www.keycloak.org/docs/latest/server_admin/#audience-support
import { baseConfiguration, refuseUnless, type IssuerDefinition, type TokenIssuerOptions } from './definition.ts';

/** Options of a Keycloak realm. */
export interface KeycloakIssuerOptions extends TokenIssuerOptions {
  /** The name of the realm. */
  readonly realm: string;
  /** The audiences that an audience mapper of the realm puts into access tokens. */
  readonly audiences: readonly string[];
}

/** Access tokens of a realm, by the address of the server as its users see it. */
export function keycloakIssuer(serverUrl: string, options: KeycloakIssuerOptions): IssuerDefinition {
  refuseUnless(serverUrl, (text) => /^https?:\/\/[^/?#\s]+(?:\/[^/?#\s]+)*$/.test(text) && !text.includes('/realms/'), {
    what: 'The address of the Keycloak server has another form',
    allowed: 'such as https://login.example.com, or https://login.example.com/auth where the server has that path',
    fix: 'leave out the slash at the end and everything from /realms on',
  });
  refuseUnless(options.realm, (text) => /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(text), {
    what: 'The name of the Keycloak realm would be spelled in another way in iss',
    allowed: 'letters, digits, _ . and -',
    fix: 'write the realm as in the address of its account page, or use TokenIssuer.oidc with the iss of a token',
  });
  for (const audience of options.audiences) {
    refuseUnless(audience, (text) => text !== 'account', {
      what: 'The audience account stands in the access tokens of every client of a realm',
      allowed: 'an audience of your own',
      fix: 'add an audience mapper to a client scope, and name its audience here',
    });
  }
  const issuer = `${serverUrl}/realms/${options.realm}`;
  return {
    configuration: {
      ...baseConfiguration(issuer, { algorithms: ['RS256'], ...options }),
      audiences: [...options.audiences],
      // Saves the discovery request on a cold start.
      jwksUri: `${issuer}/protocol/openid-connect/certs`,
    },
    warnings: [],
  };
}
