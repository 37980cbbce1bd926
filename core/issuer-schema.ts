// The schema of a trusted issuer: whose tokens, with which keys, for which tenants.
import { claimPath } from './claim-schema.ts';
import { token } from './limits.ts';
import {
  anyObject,
  check,
  either,
  integer,
  list,
  matching,
  object,
  oneOf,
  pointerTo,
  string,
  type Schema,
} from './schema.ts';
import { isIssuerUrl, isJwksUrl } from './url.ts';
import type { TrustedIssuer } from './vending-config.ts';

/** Ends a session name after `=`, so it holds none of STS's other characters and is never 32 hexadecimal digits (a hash). */
const issuerName = /^(?![0-9a-f]{32}$)[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,30}[A-Za-z0-9])?$/;
const audience = string({ accepts: (text) => text !== '' && text !== '*', what: 'an audience, not a wildcard' });
const url = (accepts: (text: string) => boolean, what: string): Schema<string> =>
  string({ accepts, what, json: { format: 'uri' } });

const claimedTenant = object({ claim: claimPath }, {});
const fixedTenant = object({ fixed: string() }, {});
/** One issuer before its defaults are filled. */
export const issuerSchema = check(
  object(
    {
      name: matching(issuerName, 'a short name: letters, digits, _ . - (not 32 hexadecimal digits)'),
      issuer: url(isIssuerUrl, 'an https URL without query, fragment or user (http only for loopback)'),
      audiences: list(audience, { min: 1, distinct: true }),
      tenant: either<TrustedIssuer['tenant']>(
        (input) => (typeof input === 'object' && input !== null && 'fixed' in input ? fixedTenant : claimedTenant),
        [claimedTenant, fixedTenant],
      ),
    },
    {
      tokenUse: oneOf('access', 'id'),
      algorithms: list(oneOf('RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'), {
        min: 1,
        distinct: true,
      }),
      jwksUri: url(isJwksUrl, 'an https URL without fragment or user (http only for loopback)'),
      jwks: object({ keys: list(anyObject, { min: 1 }) }, {}),
      tenants: either<readonly string[] | 'any'>(
        (input) => (typeof input === 'string' ? oneOf('any') : list(string(), { min: 1, distinct: true })),
        [oneOf('any')],
      ),
      subjectClaim: claimPath,
      permissionSets: list(string(), { min: 1, distinct: true }),
      audienceMode: oneOf('any', 'exact'),
      clientIds: list(string(), { min: 1, distinct: true }),
      maxTokenAgeSeconds: integer(1, 31_536_000),
    },
  ),
  ({ jwks, jwksUri }, report) => {
    if (jwks !== undefined && jwksUri !== undefined)
      report('/jwksUri', 'must not stand beside jwks: pinned keys are never fetched');
    jwks?.keys.forEach((key, index) => {
      const pointer = pointerTo('/jwks/keys', index);
      if (typeof key['kty'] !== 'string' || typeof key['kid'] !== 'string' || key['kid'] === '')
        report(pointer, 'needs kty and kid');
      if (jwks.keys.findIndex((other) => other['kid'] === key['kid']) !== index) report(pointer, 'repeats a kid');
      // A private or symmetric key in a configuration is a leaked key.
      if (['d', 'p', 'q', 'k'].some((member) => Object.hasOwn(key, member))) report(pointer, 'must be a public key');
    });
  },
);

/** Fills the defaults. */
export function fillIssuer(
  issuer: Omit<TrustedIssuer, 'algorithms' | 'subjectClaim' | 'audienceMode' | 'maxTokenAgeSeconds'> &
    Partial<TrustedIssuer>,
): TrustedIssuer {
  return {
    algorithms: ['RS256', 'ES256'],
    subjectClaim: ['sub'],
    audienceMode: 'any',
    maxTokenAgeSeconds: token.defaultMaxAgeSeconds,
    ...issuer,
  };
}
