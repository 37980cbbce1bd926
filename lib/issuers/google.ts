// Google sign-in: ID tokens only (its access tokens are opaque), and the Workspace domain of the user in hd.
// @see https://developers.google.com/identity/openid-connect/openid-connect
import { SynthError } from '../errors.ts';
import { TenantClaim } from '../tenant-claim.ts';
import { baseConfiguration, refuseUnless, type IssuerDefinition, type TokenIssuerOptions } from './definition.ts';

/** Options of Google as issuer. */
export interface GoogleIssuerOptions extends TokenIssuerOptions {
  /** The OAuth client ids whose ID tokens are accepted: `….apps.googleusercontent.com`. */
  readonly audiences: readonly string[];
}

/** ID tokens of Google accounts. */
export function googleIssuer(options: GoogleIssuerOptions): IssuerDefinition {
  for (const audience of options.audiences) {
    refuseUnless(audience, (text) => /^[^\s/]+\.apps\.googleusercontent\.com$/.test(text), {
      what: 'An audience of Google is not an OAuth client id',
      allowed: 'an id that ends with .apps.googleusercontent.com',
      fix: 'copy the client id of your application from the credentials page of your Google Cloud project',
    });
  }
  const tenantClaim = options.tenantClaim ?? TenantClaim.named('hd');
  if ('fixed' in tenantClaim.tenant && options.clientIds === undefined) {
    // Service accounts get an ID token of Google for any audience they name; only azp tells them from a login in the application.
    throw new SynthError('TvmIssuerInvalid', {
      what: 'Every service account on Google Cloud could vend: it may ask for a token with our audience',
      got: 'a fixed tenant without clientIds',
      allowed: 'the claim hd, which service accounts do not have, or clientIds beside a fixed tenant',
      fix: 'list your OAuth client ids in clientIds, and make the application internal to your organization',
    });
  }
  const isBound = options.tenants !== undefined || options.anyTenant === true;
  const isDomain = 'claim' in tenantClaim.tenant && tenantClaim.tenant.claim === 'hd';
  return {
    configuration: {
      // Their discovery document names the keys; tokens with the old issuer `accounts.google.com` (no https) are not accepted.
      ...baseConfiguration('https://accounts.google.com', {
        name: 'google',
        algorithms: ['RS256'],
        ...options,
        tenantClaim,
      }),
      audiences: [...options.audiences],
    },
    warnings: isDomain && !isBound ? [openDomainsWarning] : [],
  };
}

const openDomainsWarning =
  'Every Google Workspace domain of the world is a tenant of this machine: whoever registers one gets credentials for a tenant ' +
  'of that name. List your customers in tenants, or state that this is meant with anyTenant';
