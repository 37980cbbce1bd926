// Facebook Limited Login (iOS): an ID token about a person, of no organization at all. Classic Facebook Login gives opaque tokens.
// @see https://developers.facebook.com/docs/facebook-login/limited-login/token/validating
import { TenantClaim } from '../tenant-claim.ts';
import { baseConfiguration, refuseUnless, type IssuerDefinition, type TokenIssuerOptions } from './definition.ts';

/** Options of Facebook Limited Login. */
export type FacebookIssuerOptions = TokenIssuerOptions;

/** ID tokens that Limited Login gives to one app, by the app's id. */
export function facebookIssuer(appId: string, options: FacebookIssuerOptions = {}): IssuerDefinition {
  refuseUnless(appId, (text) => /^\d{5,20}$/.test(text), {
    what: 'The Facebook app is not named by its id, which is the audience of its tokens',
    allowed: 'the digits of the app id',
    fix: 'copy the app id from the basic settings of the app',
  });
  const tenantClaim = options.tenantClaim ?? TenantClaim.named('sub');
  return {
    configuration: {
      ...baseConfiguration('https://www.facebook.com', {
        name: 'facebook',
        algorithms: ['RS256'],
        ...options,
        tenantClaim,
      }),
      audiences: [appId],
      // On another host than the issuer.
      jwksUri: 'https://limited.facebook.com/.well-known/oauth/openid/jwks/',
    },
    warnings: 'fixed' in tenantClaim.tenant ? [oneTenantWarning] : [],
  };
}

const oneTenantWarning =
  'Every Facebook account of the world that opens the app is the one fixed tenant, and sees all of its data. ' +
  'Leave the tenant claim at sub, so that each person is a tenant, or scope the permission sets by {{subject}} too';
