// Auth0: access tokens of an API, with the organization in org_id. Owns the form of its issuer, which ends with a slash.
// @see https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
import { TenantClaim } from '../tenant-claim.ts';
import {
  baseConfiguration,
  refuseUnless,
  refuseUnlessHost,
  type IssuerDefinition,
  type TokenIssuerOptions,
} from './definition.ts';

/** Options of an Auth0 tenant. */
export interface Auth0IssuerOptions extends TokenIssuerOptions {
  /** The identifiers of the APIs (not of the applications) whose access tokens are accepted. */
  readonly audiences: readonly string[];
}

/** Access tokens of an Auth0 tenant, by its domain or custom domain. */
export function auth0Issuer(domain: string, options: Auth0IssuerOptions): IssuerDefinition {
  refuseUnlessHost(domain, 'Auth0', 'example.eu.auth0.com or login.example.com');
  for (const audience of options.audiences) {
    refuseUnless(audience, (text) => !text.endsWith('/userinfo'), {
      what: 'An audience of Auth0 is its userinfo endpoint, which stands in the access tokens of every API after a login',
      allowed: 'the identifier of an API of your own',
      fix: 'create an API in Auth0, name its identifier here, and let clients ask for it as audience',
    });
  }
  const issuer = `https://${domain}/`;
  return {
    configuration: {
      ...baseConfiguration(issuer, { algorithms: ['RS256'], tenantClaim: TenantClaim.named('org_id'), ...options }),
      audiences: [...options.audiences],
      // Saves the discovery request on a cold start.
      jwksUri: `${issuer}.well-known/jwks.json`,
    },
    warnings: [],
  };
}
